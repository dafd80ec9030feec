import Federation
import Learning
import Statistics
import Survival
import Validation

extension LearningProgram {
    /// Results of one algorithm.
    private struct Validated: Codable {
        /// One a test set.
        let areas: [Double?]
        /// Of the first repetition, each case once.
        let outOfFold: Estimate
        /// Columns of each model.
        let features: [[String]]
        /// What folds chose for each model of a grid of settings; nil without a grid.
        let settings: [ComparisonReport.Choice]?
        /// Of selections by ranks.
        let selections: [ComparisonReport.FoldSelection]
    }

    /// An algorithm on folds.
    private enum Row: Equatable {
        /// As it is.
        case honest(String)
        /// With a selection on all cases.
        case leaked(String)
        /// The best by folds within each training set.
        case chosen

        var label: String {
            switch self {
            case .honest(let name): "\(name) false"
            case .leaked(let name): "\(name) true"
            case .chosen: "chosen"
            }
        }
    }

    /// Results of a row.
    private struct Compared: Codable {
        var honest: Validated?
        var leaked: Double?
        /// Names of the algorithms that were chosen.
        var choices: [String]?
    }

    /// Fits of each training set, and their results.
    ///
    /// - Parameters:
    ///   - label: tells these fits from others of the same scope.
    ///   - fit: the model of a training set, which is the cohort of a repetition without the fold at a place.
    private func validated(
        _ label: String, _ comparison: Comparison, _ cohort: Cohort,
        fit: (_ training: Cohort, _ repetition: Int, _ place: Int) throws -> FittedModel
    ) throws -> Validated {
        let repetitions = try cohort.each(Array(0..<comparison.repetitions), { "\(label) \($0)" }) { repetition in
            let folds = outer(comparison, repetition: repetition)
            let numbers = cohort.numbers(of: folds)
            let models = try cohort.each(Array(numbers.indices), { "fold \(numbers[$0])" }) { place in
                try fit(try cohort.outside(folds, numbers[place]), repetition, place)
            }
            // The folds one by one, and of the first repetition all cases together: each case once.
            let tests: [Int?] = numbers.map { $0 } + (repetition == 0 ? [nil] : [])
            let areas = try cohort.each(tests, { $0.map { "test \($0)" } ?? "all" }) { number in
                guard let number, let place = numbers.firstIndex(of: number) else {
                    return try cohort.after(
                        .heldOut(
                            RowStep.HeldOutModels(
                                folds: folds, numbers: numbers,
                                scores: [RowStep.HeldOutModels.Score(name: RowStep.scoreName, models: models)],
                                direct: [], areProbabilities: true))
                    ).discrimination()
                }
                return try cohort.within(folds, number).after(.scored(models[place])).discrimination()
            }
            return Validated(
                areas: areas.prefix(numbers.count).map(\.number),
                outOfFold: repetition == 0 ? areas[numbers.count] : .notEstimable("of the first repetition"),
                features: models.map(\.featureColumns),
                settings: ComparisonReport.settings(
                    models.map(\.tuning),
                    tests: numbers.map { (repetition, folds.sites?[$0 - 1] ?? "\($0)") }),
                selections: models.enumerated().flatMap { place, model in
                    model.rankFacts.map {
                        ComparisonReport.FoldSelection(
                            fold: repetition * models.count + place + 1, proved: $0.isProved, text: $0.text)
                    }
                })
        }
        return Validated(
            areas: repetitions.flatMap(\.areas), outOfFold: repetitions[0].outOfFold,
            features: repetitions.flatMap(\.features),
            settings: repetitions[0].settings.map { _ in repetitions.flatMap { $0.settings ?? [] } },
            selections: repetitions.flatMap(\.selections))
    }

    /// Selection on all cases, then folds: a contrast, never a result.
    private func leaked(_ method: String, _ comparison: Comparison, _ cohort: Cohort) throws -> Double? {
        let own = try pipeline(method, cohort.features)
        let prepared = try cohort.once("preparation \(method)") { try own.prepared(cohort) }
        let alone = own.algorithmAlone
        return try validated("leaked", comparison, try own.after(prepared, cohort)) { training, _, _ in
            try alone.fit(training)
        }.outOfFold.number
    }

    /// The best of the algorithms by folds within the given cases alone, fitted to all of them.
    private func chosen(_ comparison: Comparison, _ folds: InnerFolds, _ cohort: Cohort) throws -> Choice {
        let means = try cohort.each(comparison.methods, { "choice \($0)" }) { method in
            let own = try pipeline(method, cohort.features)
            let areas = try cohort.each(cohort.numbers(of: folds), { "fold \($0)" }) { number in
                let model = try cohort.once("model") { try own.fit(try cohort.outside(folds, number)) }
                return try cohort.within(folds, number).after(.scored(model)).discrimination().number
            }
            let values = areas.compactMap(\.self)
            return values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
        }
        // Of equal ones the first that the protocol names.
        let best = means.indices.reduce(0) { means[$1] > means[$0] ? $1 : $0 }
        let method = comparison.methods[best]
        return Choice(
            method: method, model: try cohort.once("chosen") { try pipeline(method, cohort.features).fit(cohort) })
    }

    private struct Choice: Codable {
        let method: String
        let model: FittedModel
    }

    /// The procedure that chooses within each training set.
    private func validatedChoice(
        _ comparison: Comparison, _ folds: InnerFolds, _ cohort: Cohort
    ) throws -> Compared {
        let fits = try cohort.each(Array(0..<comparison.repetitions), { "choices \($0)" }) { repetition in
            let outer = outer(comparison, repetition: repetition)
            return try cohort.each(cohort.numbers(of: outer), { "fold \($0)" }) {
                try chosen(comparison, folds, try cohort.outside(outer, $0))
            }
        }
        return Compared(
            honest: try validated("chosen", comparison, cohort) { _, repetition, place in
                fits[repetition][place].model
            }, choices: fits.flatMap { $0.map(\.method) })
    }

    private func compared(_ row: Row, _ comparison: Comparison, _ cohort: Cohort) throws -> Compared {
        switch row {
        case .honest(let method):
            let pipeline = try pipeline(method, cohort.features)
            return Compared(
                honest: try validated("honest", comparison, cohort) { training, _, _ in try pipeline.fit(training) })
        case .leaked(let method): return Compared(leaked: try leaked(method, comparison, cohort))
        case .chosen:
            guard let folds = choice(comparison) else { return Compared() }
            return try validatedChoice(comparison, folds, cohort)
        }
    }

    /// The algorithms on the same test sets.
    func report(_ comparison: Comparison, _ cohort: Cohort, cases: Int, events: Int) throws -> ComparisonReport {
        let share = try cohort.once("share") { try testShare(comparison, cohort) }
        let wantsLeak = comparison.showsLeak && !selection.isEmpty
        let wantsChoice = comparison.choiceFolds != nil && comparison.methods.count > 1
        let rows: [Row] =
            comparison.methods.flatMap { wantsLeak ? [.honest($0), .leaked($0)] : [.honest($0)] }
            + (wantsChoice ? [.chosen] : [])
        let results = try cohort.each(rows, \.label) { try compared($0, comparison, cohort) }
        func result(_ row: Row) -> Compared? { rows.firstIndex(of: row).map { results[$0] } }
        func algorithm(_ name: String, _ own: Validated, leaked: Double?) -> ComparisonReport.Algorithm {
            ComparisonReport.Algorithm(
                name: name, areas: own.areas, testShare: share, outOfFold: own.outOfFold, leaked: leaked,
                features: own.features, selections: own.selections, among: cohort.features,
                settings: own.settings)
        }
        let found = comparison.methods.compactMap { result(.honest($0))?.honest }
        var algorithms = zip(comparison.methods, found).map { name, own in
            algorithm(name, own, leaked: result(.leaked(name))?.leaked)
        }
        let chosen = result(.chosen)
        if let own = chosen?.honest { algorithms.append(algorithm("chosen within", own, leaked: nil)) }
        return ComparisonReport(
            measure: cohort.hasTimes ? "C within sites" : "AUC",
            resampling: (comparison.folds.map { "\($0) folds stratified within each site" } ?? "leave one site out")
                + (comparison.repetitions > 1 ? ", \(comparison.repetitions) times" : ""),
            cases: cases, events: events, algorithms: algorithms,
            pairs: ComparisonReport.pairs(comparison.methods, found.map(\.areas), testShare: share),
            choices: Dictionary(grouping: chosen?.choices ?? [], by: \.self).mapValues(\.count),
            warning: comparison.methods.count > 1
                ? "the model is the '\(method)' that the protocol named before; the best of this table, chosen on it, would be too "
                    + "good for a new patient" : nil)
    }

    /// Mean ratio of test cases to training cases.
    private func testShare(_ comparison: Comparison, _ cohort: Cohort) throws -> Double {
        if let folds = comparison.folds { return 1 / Double(folds - 1) }
        let folds = outer(comparison, repetition: 0)
        let sizes = try cohort.each(cohort.numbers(of: folds), { "size \($0)" }) { number in
            let classes = try cohort.within(folds, number).classes()
            return Double(classes.others + classes.events)
        }
        let all = sizes.reduce(0, +)
        return sizes.reduce(0) { $0 + $1 / (all - $1) } / Double(sizes.count)
    }
}

extension ComparisonReport.Algorithm {
    fileprivate init(
        name: String, areas: [Double?], testShare: Double, outOfFold: Estimate, leaked: Double?, features: [[String]],
        selections: [ComparisonReport.FoldSelection], among all: [String], settings: [ComparisonReport.Choice]?
    ) {
        let values = areas.compactMap(\.self)
        let interval = CorrectedResampling.estimate(values, testShare: testShare).estimate.interval
        let columns = Set(features.joined()).union(all).sorted()
        let places = Dictionary(columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        self.init(
            name: name, mean: values.isEmpty ? nil : values.reduce(0, +) / Double(values.count),
            lower: interval.map { max(0, $0.lower) }, upper: interval.map { min(1, $0.upper) },
            outOfFold: outOfFold.number, outOfFoldLower: outOfFold.interval?.lower,
            outOfFoldUpper: outOfFold.interval?.upper, leaked: leaked,
            meanFeatures: features.reduce(0) { $0 + Double($1.count) } / Double(max(features.count, 1)),
            stability: SelectionStability(
                features: columns, selections: features.map { $0.compactMap { places[$0] }.sorted() }
            ).index, tests: values.count, settings: settings, selections: selections.isEmpty ? nil : selections)
    }
}

extension ComparisonReport {
    /// Every pair on the same test sets: corrected resampled t, Holm.
    static func pairs(_ names: [String], _ areas: [[Double?]], testShare: Double) -> [Pair] {
        var rows: [Pair] = []
        for first in names.indices {
            for second in names.indices where second > first {
                let differences = zip(areas[first], areas[second]).compactMap { a, b in
                    a.flatMap { a in b.map { a - $0 } }
                }
                let found = CorrectedResampling.estimate(differences, testShare: testShare)
                rows.append(
                    Pair(
                        first: names[first], second: names[second],
                        difference: differences.isEmpty
                            ? nil : differences.reduce(0, +) / Double(differences.count),
                        lower: found.estimate.interval?.lower, upper: found.estimate.interval?.upper,
                        pValue: found.pValue, holm: nil, deLongPValue: nil, deLongHolm: nil))
            }
        }
        let corrected = CorrectedResampling.holm(rows.map(\.pValue))
        for place in rows.indices { rows[place].holm = corrected[place] }
        return rows
    }
}
