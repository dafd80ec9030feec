public import Federation

/// Location and scale of one batch on the standardised scale. It stays at the site that has the batch.
public struct BatchEstimate: Sendable, Equatable, Codable {
    /// The batch.
    public let batch: String
    /// Number of cases that it was estimated from.
    public let cases: Int
    /// gamma* of each feature of the model; 0 for a feature that is not adjusted.
    public let location: [Double]
    /// delta*^2 of each feature of the model; 1 for a feature that is not adjusted.
    public let scale: [Double]
    /// Features that do not vary within this batch, beyond the model's own list: returned unchanged.
    public let constantFeatures: [String]
    /// Whether the scale was left alone: one case only, or a method for the location.
    public let isLocationOnly: Bool
    /// Whether empirical Bayes was applied; it needs two features at least.
    public let isShrunk: Bool
}

extension BatchEstimate {
    /// Estimates from standardised values, `rows x active features` row-major, NaN where missing (Johnson 2007, section
    /// 3.2).
    ///
    /// - Parameters:
    ///   - constant: marks the active features that do not vary within the batch; they are returned unchanged, or, by
    ///     the rule of `neuroCombat`, count with scale 1.
    ///   - active: positions of the columns of `standardised` among the model's features.
    init(
        batch: String, standardised: [Double], rows: Int, constant: [Bool], active: [Int], model: ComBatModel
    ) throws(HarmonisationError) {
        let method = model.method
        let width = active.count
        let keepsConstant = method == .parametricNeuroCombat
        let usable = (0..<width).filter { keepsConstant || !constant[$0] }
        var raw = try Self.moments(standardised, rows: rows, width: width, usable: usable) {
            model.features[active[$0]]
        }
        if keepsConstant {
            for index in raw.indices where raw[index].delta == 0 { raw[index].delta = 1 }
        }
        let isLocationOnly = method.isLocationOnly || rows == 1
        let prior =
            method == .withoutEB ? nil : EmpiricalBayes(gamma: raw.map(\.gamma), delta: raw.map(\.delta))
        // The only case of a batch is its own location: without shrinkage nothing of it would remain.
        guard rows > 1 || prior != nil else { throw .batchTooSmall(cases: rows, minimum: 2) }
        var star = raw
        if method.isNonparametric, usable.count > 1 {
            let offered = isLocationOnly ? raw.map { EmpiricalBayes.Estimate(gamma: $0.gamma, delta: 1, n: $0.n) } : raw
            star = NonparametricBayes.posterior(raw, prior: offered)
            if isLocationOnly { for index in star.indices { star[index].delta = 1 } }
        } else if isLocationOnly {
            for index in star.indices {
                if let prior {
                    let weight = method == .meanOnlySVA ? 1 : raw[index].n
                    star[index].gamma = prior.location(gamma: raw[index].gamma, delta: 1, n: weight)
                }
                star[index].delta = 1
            }
        } else if let prior, let scalePrior = prior.scalePrior {
            if method.hasSignedStop {
                guard let solution = prior.signedIteration(raw, prior: scalePrior) else {
                    throw .noConvergence(feature: model.features[active[usable[0]]])
                }
                star = solution
            } else {
                for index in star.indices {
                    guard let solution = prior.fixedPoint(raw[index], prior: scalePrior) else {
                        throw .noConvergence(feature: model.features[active[usable[index]]])
                    }
                    star[index] = solution
                }
            }
        }
        var location = [Double](repeating: 0, count: model.features.count)
        var scale = [Double](repeating: 1, count: model.features.count)
        for (index, column) in usable.enumerated() {
            location[active[column]] = star[index].gamma
            scale[active[column]] = star[index].delta
        }
        self.batch = batch
        cases = rows
        self.location = location
        self.scale = scale
        constantFeatures = (0..<width).filter { !keepsConstant && constant[$0] }.map { model.features[active[$0]] }
        self.isLocationOnly = isLocationOnly
        isShrunk = prior != nil && (isLocationOnly || prior?.scalePrior != nil)
    }

    /// Mean and variance (denominator n - 1; 0 for one value) of each usable column over the values that it has.
    private static func moments(
        _ values: [Double], rows: Int, width: Int, usable: [Int], name: (Int) -> String
    ) throws(HarmonisationError) -> [EmpiricalBayes.Estimate] {
        let counts = usable.map { column in
            Double((0..<rows).reduce(0) { values[$1 * width + column].isNaN ? $0 : $0 + 1 })
        }
        // Means over all rows with 0 for a missing value; the factor is 1 exactly where nothing is missing.
        let shares = counts.map { $0 > 0 ? Double(rows) / $0 : 0 }
        do {
            let sums = try exactMeans(width: usable.count, rows: rows) { row, column in
                let value = values[row * width + usable[column]]
                return value.isNaN ? 0 : value
            }
            let gamma = sums.indices.map { sums[$0] * shares[$0] }
            let squares = try exactMeans(width: usable.count, rows: rows) { row, column in
                let deviation = values[row * width + usable[column]] - gamma[column]
                return deviation.isNaN ? 0 : deviation * deviation
            }
            return usable.indices.map { column in
                let n = counts[column]
                let correction = n > 1 ? n / (n - 1) : 0
                return .init(gamma: gamma[column], delta: squares[column] * shares[column] * correction, n: n)
            }
        } catch {
            guard case .outOfBound(_, let index) = error else { throw .outOfRange(feature: name(usable[0])) }
            throw .outOfRange(feature: name(usable[index]))
        }
    }
}

/// A harmonised table with what was estimated for it.
public struct HarmonisedTable: Sendable, Equatable {
    /// The table.
    public let table: CaseTable
    /// Location and scale of each batch, in the order of the batches' names. They stay at the site.
    public let estimates: [BatchEstimate]
}
