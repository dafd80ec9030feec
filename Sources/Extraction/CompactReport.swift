/// A report in few JSON values, for the pipe from the helper that reads images to the agent: written out, the features
/// would be thousands of small strings, which take longer than some features.
public struct CompactReport: Sendable, Codable {
    /// The report without its features.
    private let frame: CaseReport
    private let features, diagnostics: FeatureColumns

    /// Packs a report.
    public init(_ report: CaseReport) {
        frame = report.with(features: [], diagnostics: [])
        features = FeatureColumns(report.features)
        diagnostics = FeatureColumns(report.diagnostics)
    }

    /// The report that was packed.
    ///
    /// - Throws: `DecodingError.dataCorrupted` if the columns do not belong together.
    public func report() throws -> CaseReport {
        frame.with(features: try features.rows(), diagnostics: try diagnostics.rows())
    }
}

/// Features by column.
private struct FeatureColumns: Sendable, Codable {
    /// A line for each feature, its fields separated by tabs.
    let names: String
    let values: [Double?]
    /// Nil where no feature has any.
    let robustness: [FeatureRobustness?]?

    private static let fields = 6

    init(_ features: [CaseReport.Feature]) {
        names = features.map { feature in
            [feature.family, feature.aggregation, feature.name, feature.ibsi, feature.tag, feature.column]
                .joined(separator: "\t")
        }.joined(separator: "\n")
        values = features.map(\.value)
        robustness = features.contains { $0.robustness != nil } ? features.map(\.robustness) : nil
    }

    func rows() throws -> [CaseReport.Feature] {
        guard !values.isEmpty else { return [] }
        let lines = names.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == values.count, robustness == nil || robustness?.count == values.count else {
            throw Self.corrupted("columns of different lengths")
        }
        return try lines.enumerated().map { place, line in
            let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map {
                String(Substring($0))
            }
            guard fields.count == Self.fields else { throw Self.corrupted("a feature without some of its names") }
            return CaseReport.Feature(
                family: fields[0], aggregation: fields[1], name: fields[2], ibsi: fields[3], tag: fields[4],
                column: fields[5], value: values[place], robustness: robustness?[place])
        }
    }

    private static func corrupted(_ reason: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: reason))
    }
}
