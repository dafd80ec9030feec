import Federation

/// A table harmonised as one and as sites that exchange sums, side by side.
public struct HarmonisationSimulation: Codable, Sendable, Equatable {
    /// Rows of each site, sites in the order of their names.
    public let rows: [String: Int]
    /// Largest difference of a harmonised value, in standard deviations of the feature.
    public let largestDifference: Double
    /// Feature of the largest difference; nil if no bit differs.
    public let feature: String?

    /// Runs both.
    ///
    /// - Parameter sites: site of each row.
    /// - Throws: what `HarmonisationFile.fit` throws.
    public init(_ plan: HarmonisationPlan, rows all: HarmonisationRows, sites: [String]) throws {
        let names = Set(sites).sorted()
        guard names.count > 1 else { throw LocalHarmonisationError.oneSite }
        let places = names.map { name in sites.indices.filter { sites[$0] == name } }
        let pooled = try HarmonisationFile.fit(plan, sites: [all]).harmonised[0]
        let divided = try HarmonisationFile.fit(plan, sites: places.map(all.selecting)).harmonised
        let p = pooled.featureCount
        var largest = (difference: 0.0, feature: String?.none)
        for column in 0..<p {
            let values = (0..<all.table.count).map { all.table.features[$0 * p + column] }.filter { !$0.isNaN }
            let mean = values.reduce(0, +) / Double(values.count)
            let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(values.count - 1, 1))
            // A feature that does not vary is compared as it is.
            let deviation = square > 0 ? square.squareRoot() : 1
            for (site, rows) in places.enumerated() {
                for (row, place) in rows.enumerated() {
                    let pair = (divided[site].features[row * p + column], pooled.features[place * p + column])
                    let difference = (pair.0 - pair.1).magnitude / deviation
                    // NaN on one side only would be a difference without bound.
                    let found = pair.0.isNaN && pair.1.isNaN ? 0 : difference.isNaN ? .infinity : difference
                    if found > largest.difference { largest = (found, pooled.featureNames[column]) }
                }
            }
        }
        rows = Dictionary(uniqueKeysWithValues: zip(names, places.map(\.count)))
        largestDifference = largest.difference
        feature = largest.feature
    }

    /// The comparison in lines.
    public var text: String {
        let sites = rows.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let place = feature.map { " (\($0))" } ?? ""
        return
            "rows: \(sites)\nlargest difference to the pooled table: \(largestDifference) SD of the feature\(place)\n"
    }
}
