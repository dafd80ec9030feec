import Federation
import Learning
import LocalHarmonisation
import Statistics
import Validation

/// Pipelines on the same splits of one table: discriminations with intervals, and corrected comparisons of each pair.
public struct AlgorithmComparison: Sendable {
    /// A pipeline with its name.
    public struct Candidate: Sendable {
        /// Name in tables.
        public let name: String
        /// Imputation, selection and algorithm.
        public let pipeline: ModelPipeline

        /// Names a pipeline.
        public init(name: String, pipeline: ModelPipeline) {
            self.name = name
            self.pipeline = pipeline
        }
    }

    /// Cross-validations in the order of the candidates.
    public let validations: [CrossValidation]
    /// The procedure that chooses the best candidate by folds within each training set; nil where that was not asked for.
    public let chosen: CrossValidation?
    /// Names that it chose, one a split.
    public let choices: [String]
    /// Cross-validations of candidates whose features were selected on all rows, to show what that leak would have bought.
    public let leaked: [CrossValidation]
    let cases: TrainingCases
    let resampling: Resampling

    /// Fits every candidate to every split.
    ///
    /// - Parameters:
    ///   - choiceFolds: folds within a training set by which the best candidate is chosen; nil for no such choice.
    ///   - showsLeak: whether to repeat it with features selected on all rows.
    /// - Throws: what the pipelines throw.
    public init(
        _ candidates: [Candidate], _ cases: TrainingCases, _ resampling: Resampling, choiceFolds: Int? = nil,
        showsLeak: Bool = false, seed: String = "concord"
    ) throws {
        guard Set(candidates.map(\.name)).count == candidates.count, !candidates.isEmpty else {
            throw LocalLearningError.options("--methods: name each algorithm once")
        }
        self.cases = cases
        self.resampling = resampling
        validations = try candidates.map { candidate in
            try CrossValidation(candidate.name, cases, resampling) { try candidate.pipeline.fit($0.bySite()) }
        }
        leaked =
            try showsLeak
            ? candidates.filter { !$0.pipeline.selection.isEmpty }.map { try Self.leaked($0, cases, resampling) } : []
        guard let choiceFolds, candidates.count > 1 else {
            (chosen, choices) = (nil, [])
            return
        }
        var names: [String] = []
        chosen = try CrossValidation("chosen within", cases, resampling) { training in
            let inner = try Resampling(training, folds: choiceFolds, repetitions: 1, seed: seed + "/choice")
            let means = try candidates.map { candidate in
                let own = try CrossValidation(candidate.name, training, inner) {
                    try candidate.pipeline.fit($0.bySite())
                }
                let values = own.discriminations.compactMap(\.self)
                return values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
            }
            let best = means.indices.max { means[$0] < means[$1] } ?? 0
            names.append(candidates[best].name)
            return try candidates[best].pipeline.fit(training.bySite())
        }
        choices = names
    }

    /// The selection sees all rows, also those that are tested: never a result, only a contrast.
    private static func leaked(
        _ candidate: Candidate, _ cases: TrainingCases, _ resampling: Resampling
    ) throws -> CrossValidation {
        let own = candidate.pipeline
        let transformed = cases.replacing(try own.transforms.transformed(cases.table))
        let prepared = try own.prepared(Cohort([cases]))
        let whole = cases.replacing(prepared.standIns.apply(transformed.table))
        let features = prepared.features + [own.offset].compactMap(\.self)
        let alone = own.algorithmAlone
        return try CrossValidation(candidate.name, try whole.selecting(features: features), resampling) {
            try alone.fit($0.bySite())
        }
    }
}

extension AlgorithmComparison {
    /// Mean ratio of test cases to training cases.
    private var testShare: Double {
        let shares = resampling.splits.map { Double($0.test.count) / Double($0.training.count) }
        return shares.reduce(0, +) / Double(shares.count)
    }

    /// The numbers.
    ///
    /// - Returns: rows in the order of the candidates, then the procedure with the choice.
    public func report() -> ComparisonReport {
        let leaks = Dictionary(leaked.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let rows = (validations + [chosen].compactMap(\.self)).map { row($0, leak: leaks[$0.name]) }
        return ComparisonReport(
            measure: Discriminations.name(withTime: cases.times != nil), resampling: resampling.description,
            cases: cases.count, events: cases.table.outcome.count { $0 == 1 }, algorithms: rows, pairs: pairs(),
            choices: Dictionary(grouping: choices, by: \.self).mapValues(\.count), warning: warning(rows))
    }

    private func row(_ validation: CrossValidation, leak: CrossValidation?) -> ComparisonReport.Algorithm {
        let values = validation.discriminations.compactMap(\.self)
        let mean = values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        let interval = CorrectedResampling.estimate(values, testShare: testShare).estimate.interval
        let pooled =
            cases.times == nil ? DeLong(scores: validation.meanScores, outcome: cases.table.outcome)?.estimate : nil
        let sizes = validation.models.map { Double($0.featureColumns.count) }
        return ComparisonReport.Algorithm(
            name: validation.name, mean: mean, lower: interval.map { max(0, $0.lower) },
            upper: interval.map { min(1, $0.upper) }, outOfFold: pooled?.value ?? outOfFold(validation),
            outOfFoldLower: pooled?.lower, outOfFoldUpper: pooled?.upper,
            leaked: leak.flatMap(outOfFold), meanFeatures: sizes.reduce(0, +) / Double(sizes.count),
            stability: validation.stability.index, tests: values.count,
            settings: ComparisonReport.settings(
                validation.models.map(\.tuning), tests: resampling.splits.map { ($0.repetition, $0.name) }),
            selections: nil)
    }

    private func outOfFold(_ validation: CrossValidation) -> Double? {
        Discriminations.value(validation.meanScores, cases)
    }

    private func pairs() -> [ComparisonReport.Pair] {
        var rows: [ComparisonReport.Pair] = []
        for (place, first) in validations.enumerated() {
            for second in validations[(place + 1)...] {
                let differences = zip(first.discriminations, second.discriminations).compactMap { a, b in
                    a.flatMap { a in b.map { a - $0 } }
                }
                let found = CorrectedResampling.estimate(differences, testShare: testShare)
                let deLong =
                    cases.times == nil
                    ? PairedDeLong(
                        first: first.meanScores, second: second.meanScores, outcome: cases.table.outcome) : nil
                rows.append(
                    ComparisonReport.Pair(
                        first: first.name, second: second.name,
                        difference: differences.isEmpty
                            ? nil : differences.reduce(0, +) / Double(differences.count),
                        lower: found.estimate.interval?.lower, upper: found.estimate.interval?.upper,
                        pValue: found.pValue, holm: nil, deLongPValue: deLong?.pValue, deLongHolm: nil))
            }
        }
        let corrected = CorrectedResampling.holm(rows.map(\.pValue))
        let deLong = CorrectedResampling.holm(rows.map(\.deLongPValue))
        for place in rows.indices {
            rows[place].holm = corrected[place]
            rows[place].deLongHolm = deLong[place]
        }
        return rows
    }

    private func warning(_ rows: [ComparisonReport.Algorithm]) -> String? {
        let own = rows.filter { $0.name != chosen?.name }
        guard own.count > 1, let best = own.max(by: { ($0.mean ?? 0) < ($1.mean ?? 0) }), let mean = best.mean else {
            return nil
        }
        let measure = Discriminations.name(withTime: cases.times != nil)
        let start =
            "'\(best.name)' is the best of \(own.count) on these test sets; its \(measure) of \(Self.brief(mean)) "
            + "was chosen on them, which on average makes it too high for a new patient"
        guard let honest = rows.first(where: { $0.name == chosen?.name })?.mean else {
            return start + "; --choose gives that of the choice made within the training sets, else validate elsewhere"
        }
        return start + "; with the choice made within the training sets the procedure has \(Self.brief(honest))"
    }

    private static func brief(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}

extension Estimate {
    /// Limits of the interval; nil where there is none.
    var interval: (lower: Double, upper: Double)? {
        guard case .value(let own) = self, let lower = own.lower, let upper = own.upper else { return nil }
        return (lower, upper)
    }
}
