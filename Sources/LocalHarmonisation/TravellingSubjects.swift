import Agreement
public import Harmonisation
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
    ///   - rows: complete features.
    ///   - subject: subject of each row; repeated rows of a subject in a batch count by their mean.
    /// - Throws: what reading the rows throws.
    public init(_ rows: some RowSource, subject: [String]) throws {
        precondition(subject.count == rows.count, "one subject for each row")
        // Rows of each subject in each batch.
        let batches = rows.batches.indices
        var places: [String: [[Int]]] = [:]
        for batch in batches {
            for (place, row) in rows.numbers(of: batch).enumerated() {
                places[subject[row], default: [[Int]](repeating: [], count: batches.count)][batch].append(place)
            }
        }
        let subjects = places.sorted { $0.key < $1.key }.map(\.value).filter { $0.count { !$0.isEmpty } > 1 }
        let complete = subjects.filter { $0.allSatisfy { !$0.isEmpty } }
        self.complete = complete.count
        travelling = subjects.count
        var features: [Feature] = []
        try rows.forEachUnsortedColumn { column, values in
            func mean(_ batch: Int, _ rows: [Int]) -> Double {
                rows.reduce(0) { $0 + values[batch][$1] } / Double(rows.count)
            }
            // About a centre near the values, so that squares keep their digits.
            let centre = values.joined().reduce(0, +) / Double(rows.count)
            let readings = complete.map { subject in batches.map { mean($0, subject[$0]) } }
            let icc =
                readings.count < 2
                ? nil
                : IntraclassCorrelation.estimate(ReadingSums(rows: readings, centre: centre), model: .agreement).number
            var (sum, weight) = (0.0, 0.0)
            for first in batches {
                for second in batches.dropFirst(first + 1) {
                    let both = subjects.filter { !$0[first].isEmpty && !$0[second].isEmpty }
                    let pairs = PairSums(
                        both.map { mean(first, $0[first]) }, both.map { mean(second, $0[second]) }, centre: centre)
                    guard let value = LinConcordance(pairs)?.coefficient.number else { continue }
                    sum += Double(both.count) * value
                    weight += Double(both.count)
                }
            }
            features.append(
                Feature(
                    feature: rows.featureNames[column], icc: icc, concordance: weight > 0 ? sum / weight : nil))
        }
        self.features = features
    }
}
