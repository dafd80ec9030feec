import Agreement
public import Federation
import Statistics

/// Agreement of the batches on subjects that were measured in several of them, before or after harmonisation.
public struct TravellingSubjects: Sendable, Equatable, Codable {
    /// Agreement on one feature.
    public struct Feature: Sendable, Equatable, Codable {
        /// Name of the feature.
        public let feature: String
        /// ICC(A,1) of McGraw and Wong over the batches, of the subjects that all of them measured; nil where it is not defined.
        public let icc: Double?
        /// Lin's concordance of two batches, the mean over pairs of batches weighted by their subjects; nil where no pair has
        /// three subjects.
        public let concordance: Double?
    }

    /// Subjects that every batch measured.
    public let complete: Int
    /// Subjects that two batches at least measured.
    public let travelling: Int
    /// Features in the order of the table.
    public let features: [Feature]

    /// Compares batches.
    ///
    /// - Parameters:
    ///   - table: complete features.
    ///   - subject: subject of each row; repeated rows of a subject in a batch count by their mean.
    public init(_ table: CaseTable, subject: [String]) {
        precondition(subject.count == table.count, "one subject for each row")
        let batches = Set(table.batch).sorted()
        // Rows of each subject in each batch.
        var places: [String: [[Int]]] = [:]
        let positions = Dictionary(uniqueKeysWithValues: batches.enumerated().map { ($1, $0) })
        for row in 0..<table.count {
            places[subject[row], default: [[Int]](repeating: [], count: batches.count)][
                positions[table.batch[row], default: 0]
            ].append(row)
        }
        let subjects = places.sorted { $0.key < $1.key }.map(\.value).filter { $0.count { !$0.isEmpty } > 1 }
        let complete = subjects.filter { $0.allSatisfy { !$0.isEmpty } }
        self.complete = complete.count
        travelling = subjects.count
        let p = table.featureCount
        features = (0..<p).map { column in
            func mean(_ rows: [Int]) -> Double {
                rows.reduce(0) { $0 + table.features[$1 * p + column] } / Double(rows.count)
            }
            // About a centre near the values, so that squares keep their digits.
            let centre = mean(Array(0..<table.count))
            let rows = complete.map { $0.map(mean) }
            let icc =
                rows.count < 2
                ? nil
                : IntraclassCorrelation.estimate(ReadingSums(rows: rows, centre: centre), model: .agreement).number
            var (sum, weight) = (0.0, 0.0)
            for first in batches.indices {
                for second in batches.indices.dropFirst(first + 1) {
                    let both = subjects.filter { !$0[first].isEmpty && !$0[second].isEmpty }
                    let pairs = PairSums(both.map { mean($0[first]) }, both.map { mean($0[second]) }, centre: centre)
                    guard let value = LinConcordance(pairs)?.coefficient.number else { continue }
                    sum += Double(both.count) * value
                    weight += Double(both.count)
                }
            }
            return Feature(
                feature: table.featureNames[column], icc: icc, concordance: weight > 0 ? sum / weight : nil)
        }
    }
}
