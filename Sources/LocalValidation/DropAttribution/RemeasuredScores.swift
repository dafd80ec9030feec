import Agreement
import Statistics
public import Tables

/// The score of the same cases measured in two ways: as the internal sites measure (protocol, contours) and as the external
/// ones do.
///
/// The AUC is blind to a shift and to a factor of the score, so that of Lin's CCC (correlation times closeness to the line)
/// only the correlation lowers it: if the external score is a linear function of the internal one plus an error that does not
/// depend on the outcome, with normal scores an AUC of A becomes `Phi(r Phi^-1(A))`, r the correlation within the classes
/// (attenuation of a ROC curve by measurement error, Coffin and Sukhatme 1997).
public struct RemeasuredScores: Sendable {
    let first: [Double]
    let second: [Double]
    /// Outcome of each case; nil if it is not known.
    let outcome: [Double]?

    /// Reads columns `internal` and `external`, and the outcome if the table has its column.
    ///
    /// - Throws: `TableError` or `LocalValidationError` naming file, row and column.
    public init(_ table: CSVTable, outcome: String) throws {
        first = try table.complete("internal")
        second = try table.complete("external")
        self.outcome = table.has(outcome) ? try table.binary(outcome) : nil
        try Self.check(table.rowCount, file: table.file)
    }

    /// Takes scores of a table with one row for each case and reading, which is `internal` or `external`; a case that lacks one of
    /// them is left out.
    ///
    /// - Parameters:
    ///   - scores: of each row, on the scale on which they are nearest to normal (log odds).
    ///   - caseName: column that names the case.
    ///   - reading: column of the reading.
    ///   - outcome: column of the outcome, which need not be there.
    /// - Throws: `TableError` or `LocalValidationError` naming file, row and column.
    public init(
        _ table: CSVTable, scores: [Double], caseName: String, reading: String, outcome: String
    ) throws {
        let (names, labels) = (try table.texts(caseName), try table.texts(reading))
        let outcomes = table.has(outcome) ? try table.binary(outcome) : nil
        var rows: [String: [String: Int]] = [:]
        for (row, label) in labels.enumerated() {
            guard label == "internal" || label == "external" else {
                throw LocalValidationError.options(
                    "\(table.file): row \(row + 1), column '\(reading)' is neither internal nor external")
            }
            guard rows[names[row], default: [:]].updateValue(row, forKey: label) == nil else {
                throw LocalValidationError.options(
                    "\(table.file): row \(row + 1): the case has a second row of reading '\(label)'; keep one")
            }
        }
        let pairs = rows.keys.sorted().compactMap { name -> (Int, Int)? in
            guard let first = rows[name]?["internal"], let second = rows[name]?["external"] else { return nil }
            return (first, second)
        }
        try Self.check(pairs.count, file: table.file)
        first = pairs.map { scores[$0.0] }
        second = pairs.map { scores[$0.1] }
        self.outcome = outcomes.map { outcomes in pairs.map { outcomes[$0.0] } }
    }

    private static func check(_ cases: Int, file: String) throws {
        guard cases >= 10 else {
            throw LocalValidationError.options("\(file): has \(cases) cases measured twice; give ten or more")
        }
    }

    /// Lin's coefficient of the two measurements.
    var concordance: Estimate {
        guard let lin = LinConcordance(PairSums(first, second, centre: first.reduce(0, +) / Double(first.count))) else {
            return .notEstimable("a measurement does not vary")
        }
        return lin.coefficient
    }

    /// Correlation of the two measurements of the given rows, within the classes where the outcome is known; nil if one does not
    /// vary.
    func correlation(_ rows: [Int]) -> Double? {
        var (xx, yy, xy) = (0.0, 0.0, 0.0)
        for value in [0.0, 1] {
            let group = rows.filter { (outcome?[$0] ?? 0) == value }
            guard !group.isEmpty else { continue }
            let n = Double(group.count)
            let x = group.reduce(0) { $0 + first[$1] } / n
            let y = group.reduce(0) { $0 + second[$1] } / n
            for row in group {
                xx += (first[row] - x) * (first[row] - x)
                yy += (second[row] - y) * (second[row] - y)
                xy += (first[row] - x) * (second[row] - y)
            }
        }
        guard xx > 0, yy > 0 else { return nil }
        return xy / (xx * yy).squareRoot()
    }

    var all: [Int] { Array(first.indices) }
}
