import Federation

/// How a table is divided into training and test rows, again and again.
public struct Resampling: Sendable {
    /// One division.
    public struct Split: Sendable, Equatable {
        /// Which repetition, from 0.
        public let repetition: Int
        /// Number of the fold, or name of the site, that is tested.
        public let name: String
        /// Rows to learn from.
        public let training: [Int]
        /// Rows to predict.
        public let test: [Int]
    }

    /// All divisions; those of one repetition test every row once.
    public let splits: [Split]
    /// Number of repetitions.
    public let repetitions: Int
    /// What was done, in a few words.
    public let description: String

    /// Stratified folds, repeated with other keys.
    ///
    /// - Throws: `LocalLearningError.options` or `.tooFew`.
    public init(_ cases: TrainingCases, folds: Int, repetitions: Int, seed: String) throws {
        guard folds >= 2, repetitions >= 1 else {
            throw LocalLearningError.options("--outer-folds is 2 or more, --repeats 1 or more")
        }
        let splits = (0..<repetitions).flatMap { repetition in
            let membership = Folds.stratified(
                names: cases.names, outcome: cases.table.outcome, count: folds, seed: "\(seed)/outer/\(repetition)")
            return Self.splits(membership.map { "\($0)" }, names: (1...folds).map { "\($0)" }, repetition: repetition)
        }
        try self.init(
            splits, cases, repetitions: repetitions,
            description: "\(folds) stratified folds" + (repetitions > 1 ? ", \(repetitions) times" : ""))
    }

    /// Each site in turn is left out.
    ///
    /// - Throws: `LocalLearningError.options` or `.tooFew`.
    public init(leavingOutSitesOf cases: TrainingCases) throws {
        let names = Set(cases.table.batch).sorted()
        guard names.count > 1 else {
            throw LocalLearningError.options("--outer site: give --sites, a column with two sites or more")
        }
        try self.init(
            Self.splits(cases.table.batch, names: names, repetition: 0), cases, repetitions: 1,
            description: "leave one site out")
    }

    /// Folds of a column.
    ///
    /// - Throws: `LocalLearningError.options` or `.tooFew`.
    public init(_ cases: TrainingCases, labels: [String]) throws {
        precondition(labels.count == cases.count, "a label for each row")
        let names = Set(labels).sorted()
        guard names.count > 1 else { throw LocalLearningError.options("--outer-fold: all rows are of one fold") }
        try self.init(
            Self.splits(labels, names: names, repetition: 0), cases, repetitions: 1, description: "given folds")
    }

    private init(_ splits: [Split], _ cases: TrainingCases, repetitions: Int, description: String) throws {
        for split in splits {
            let events = split.training.count { cases.table.outcome[$0] == 1 }
            guard !split.test.isEmpty, events > 1, split.training.count - events > 1 else {
                throw LocalLearningError.tooFew(
                    part: "fold or site '\(split.name)'", reason: "without it there are too few cases of a class")
            }
        }
        self.splits = splits
        self.repetitions = repetitions
        self.description = description
    }

    private static func splits(_ labels: [String], names: [String], repetition: Int) -> [Split] {
        names.map { name in
            Split(
                repetition: repetition, name: name, training: labels.indices.filter { labels[$0] != name },
                test: labels.indices.filter { labels[$0] == name })
        }
    }
}
