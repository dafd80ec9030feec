/// Results of a comparison of algorithms.
public struct ComparisonReport: Codable, Sendable, Equatable {
    /// One algorithm.
    public struct Algorithm: Codable, Sendable, Equatable {
        /// Its name.
        public let name: String
        /// Mean discrimination of the test sets.
        public let mean: Double?
        /// Lower end of its 95 % interval by the corrected resampled t.
        public let lower: Double?
        /// Upper end.
        public let upper: Double?
        /// Discrimination of all rows' scores by models that did not see them.
        public let outOfFold: Double?
        /// Lower end of its 95 % interval (DeLong); nil for concordance.
        public let outOfFoldLower: Double?
        /// Upper end.
        public let outOfFoldUpper: Double?
        /// The same with features selected on all rows; nil where that was not asked for.
        public let leaked: Double?
        /// Mean number of features in the models.
        public let meanFeatures: Double
        /// Nogueira's index of the models' features; nil where it is not defined.
        public let stability: Double?
        /// Test sets with a discrimination.
        public let tests: Int
        /// What the folds within the training cases of each test set chose of a grid of settings; nil without a grid.
        public let settings: [Choice]?
        /// Whether exact ranks would have selected the same features, for each fold and step; nil where they were exact or none was.
        public let selections: [FoldSelection]?
    }

    /// A selection by ranks of bins on the training cases of a fold.
    public struct FoldSelection: Codable, Sendable, Equatable {
        /// The test set, from 1, in the order of repetitions and folds.
        public let fold: Int
        /// Whether exact ranks lead to the same features for certain.
        public let proved: Bool
        /// The certificate in one line.
        public let text: String
    }

    /// Settings that were chosen without a test set.
    public struct Choice: Codable, Sendable, Equatable {
        /// Number of the fold or name of the site that is tested; of a further repetition its number before.
        public let test: String
        /// Value of each setting by its name.
        public let settings: [String: Double]
    }

    /// What was chosen without each test set; nil where nothing was.
    static func settings(
        _ records: [TuningRecord?], tests: [(repetition: Int, name: String)]
    ) -> [Choice]? {
        let found = zip(records, tests).compactMap { record, test in
            record.map {
                Choice(
                    test: test.repetition > 0 ? "\(test.repetition + 1)/\(test.name)" : test.name, settings: $0.settings
                )
            }
        }
        return found.isEmpty ? nil : found
    }

    /// The algorithms with a grid, a line for each combination that was chosen: in how many test sets, and in which.
    public var tuningLines: [String] {
        algorithms.flatMap { algorithm in
            let groups = Dictionary(grouping: algorithm.settings ?? []) { TuningRecord.text($0.settings) }
            return groups.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map { text, own in
                "\(algorithm.name): \(text) without \(own.map(\.test).joined(separator: ", "))"
            }
        }
    }

    /// Two algorithms on the same test sets.
    public struct Pair: Codable, Sendable, Equatable {
        /// Name of the first.
        public let first: String
        /// Name of the second.
        public let second: String
        /// Mean difference, first less second.
        public let difference: Double?
        /// Lower end of its 95 % interval by the corrected resampled t.
        public let lower: Double?
        /// Upper end.
        public let upper: Double?
        /// p of no difference by the corrected resampled t.
        public let pValue: Double?
        /// The same, adjusted by Holm for the number of pairs.
        public internal(set) var holm: Double?
        /// p of DeLong's test on the scores of rows held out.
        public let deLongPValue: Double?
        /// The same, adjusted by Holm.
        public internal(set) var deLongHolm: Double?
    }

    /// AUC, or C for an outcome with time.
    public let measure: String
    /// How the table was divided.
    public let resampling: String
    /// Number of cases.
    public let cases: Int
    /// Number of events.
    public let events: Int
    /// The algorithms; last the procedure that chooses among them.
    public let algorithms: [Algorithm]
    /// Every pair of algorithms.
    public let pairs: [Pair]
    /// How often the procedure chose each algorithm.
    public let choices: [String: Int]
    /// What the reader must know; nil for one algorithm.
    public let warning: String?
}
