import Federation
import Harmonisation
import Learning
import Statistics
import Survival
import Validation

/// Training cases that computations run on, wherever their rows are: here, or at the sites of a study.
///
/// What is done to the rows is data (`RowStep`), so that each site can do it to its own. Algorithms are written once, against this
/// type: on one machine a computation is folded over the parts at once; in a study it becomes rounds (`LearningReplay`); a rehearsal
/// folds what a study would do, and counts it.
public struct Cohort {
    /// Names of the features.
    public let features: [String]
    /// Whether the outcome has times.
    let hasTimes: Bool
    /// Fewest pooled cases of a bin that is published.
    let minimumCell: Int
    private let place: Place

    private enum Place {
        case here([TrainingCases])
        case rehearsed([TrainingCases], CostLedger)
        case elsewhere([RowStep], LearningReplay)
    }

    /// The rows of one or several sites on this machine.
    public init(_ parts: [TrainingCases]) {
        features = parts.features
        hasTimes = parts.first?.times != nil
        minimumCell = PooledQuantiles.minimumPerBin
        place = .here(parts)
    }

    /// Rows at the sites of a study.
    ///
    /// - Parameters:
    ///   - hasTimes: whether the outcome has times.
    ///   - minimumCell: fewest pooled cases of a bin that is published; 5 where it is fewer.
    public init(features: [String], hasTimes: Bool = false, minimumCell: Int = 5, replay: LearningReplay) {
        (self.features, self.hasTimes) = (features, hasTimes)
        self.minimumCell = max(minimumCell, PooledQuantiles.minimumPerBin)
        place = .elsewhere([.select(features)], replay)
    }

    /// Made-up rows on which a study is rehearsed.
    init(rehearsing parts: [TrainingCases], minimumCell: Int = 5, _ ledger: CostLedger) {
        features = parts.features
        hasTimes = parts.first?.times != nil
        self.minimumCell = max(minimumCell, PooledQuantiles.minimumPerBin)
        place = .rehearsed(parts, ledger)
    }

    /// Rows here that are treated as those of a study are: bins in place of values, each of so many pooled cases.
    package init(asStudy parts: [TrainingCases], minimumCell: Int = 5) {
        self.init(rehearsing: parts, minimumCell: minimumCell, CostLedger())
    }

    /// The same rows with other features, or after a step.
    private init(_ other: Cohort, features: [String], _ place: Place) {
        (self.features, self.place) = (features, place)
        (hasTimes, minimumCell) = (other.hasTimes, other.minimumCell)
    }

    /// The cohort after a step.
    ///
    /// - Throws: what the step throws on rows that are here.
    func after(_ step: RowStep) throws -> Cohort {
        switch place {
        case .here(let parts):
            let next = try step.apply(to: parts)
            return Cohort(self, features: next.features, .here(next))
        case .rehearsed(let parts, let ledger):
            let next = try step.apply(to: parts)
            return Cohort(self, features: next.features, .rehearsed(next, ledger))
        case .elsewhere(let steps, let replay):
            return Cohort(self, features: step.features(from: features), .elsewhere(steps + [step], replay))
        }
    }

    /// The result of a computation over the rows of all sites.
    ///
    /// - Parameters:
    ///   - form: what a site's rows become.
    ///   - roundLimit: most rounds.
    /// - Throws: what the computation throws; `LearningReplay.Pending` where a round of the study is needed first.
    func result<C: Computation>(_ computation: C, _ form: ShardForm = .table, roundLimit: Int = 1000) throws -> C.Result
    where C.Result: Codable {
        switch place {
        case .here(let parts):
            let shards: [C.Shard] = try form.shards(of: parts)
            return try computation.run(on: shards, roundLimit: roundLimit, keepsSums: false).result
        case .rehearsed(let parts, let ledger):
            let shards: [C.Shard] = try form.shards(of: parts.filter { $0.count > 0 })
            let run = try computation.run(on: shards, roundLimit: roundLimit, keepsSums: false)
            ledger.add(Cost(rounds: run.rounds, words: run.payloadBytesPerSite / 16))
            return run.result
        case .elsewhere(let steps, let replay):
            return try replay.result(computation, steps: steps, form: form)
        }
    }

    /// Values of parts that do not need each other: a study works them out in the same rounds, and keeps each once it is there.
    ///
    /// - Parameter label: tells a part from the others; letters, digits, spaces and hyphens.
    func each<Item, Value: Codable>(
        _ items: [Item], _ label: (Item) -> String, _ body: (Item) throws -> Value
    ) throws -> [Value] {
        switch place {
        case .here: return try items.map(body)
        case .rehearsed(_, let ledger): return try ledger.beside(items, body)
        case .elsewhere(_, let replay): return try replay.each(items, label, body)
        }
    }

    /// The value of a part with a small result: a study keeps it once it is there, and forgets the sums that led to it.
    func once<Value: Codable>(_ label: String, _ body: () throws -> Value) throws -> Value {
        switch place {
        case .here, .rehearsed: return try body()
        case .elsewhere(_, let replay): return try replay.remembered(label, body)
        }
    }

    // MARK: Steps

    func selecting(features names: [String]) throws -> Cohort {
        names == features ? self : try after(.select(names))
    }

    func outside(_ folds: InnerFolds, _ fold: Int) throws -> Cohort { try after(.outside(folds, fold)) }

    func within(_ folds: InnerFolds, _ fold: Int) throws -> Cohort { try after(.within(folds, fold)) }

    // MARK: Small sums

    /// Discrimination of the only feature as a score: the AUC, from the scores themselves here and from bins in a study; for an
    /// outcome with times the concordance of pairs within sites.
    func discrimination() throws -> Estimate {
        guard !hasTimes else { return try result(ConcordanceWithinSites(), .ordered) }
        guard case .here(let parts) = place else {
            return try result(
                PooledAUC(score: RowStep.scoreName, bins: 256, minimumPerBin: minimumCell), .validated
            ).estimate
        }
        let area = Discriminations.area(parts.flatMap(\.table.features), parts.flatMap(\.table.outcome))
        return area.map { .value(EstimateValue(value: $0, n: parts.caseCount, method: "all pairs")) }
            ?? .notEstimable("one class only")
    }

    /// Pooled mean and standard deviation of each feature.
    ///
    /// - Throws: `HarmonisationError.missingValues`; `LocalLearningError.options` naming a feature whose values are too large.
    func standardisation() throws -> Standardisation {
        guard !features.isEmpty else { return Standardisation(columns: [], means: [], standardDeviations: []) }
        let exponents = try result(ExponentCensus(columns: features.count))
        do {
            let moments = try result(PooledMoments(exponents: exponents))
            return Standardisation(
                columns: features, means: moments.means, standardDeviations: moments.standardDeviations)
        } catch FederationError.outOfBound(_, let index) where features.indices.contains(index) {
            throw LocalLearningError.options(
                "feature '\(features[index])' has values that are too large to be summed; check its unit")
        }
    }

    /// Non-events, events, and sites with cases.
    func classes() throws -> (others: Int, events: Int, sites: Int) {
        let counts: [Int]
        switch place {
        case .here(let parts):
            counts = [parts.caseCount - parts.eventCount, parts.eventCount, Set(parts.flatMap(\.table.batch)).count]
        case .rehearsed, .elsewhere: counts = try result(ClassTotals())
        }
        return (counts[0], counts[1], counts[2])
    }

    /// Times at which a baseline hazard is counted: every time of an event here; quantiles in a study, at least 5 pooled events apart,
    /// so that what lies beyond the last is not told.
    ///
    /// - Throws: `LocalLearningError.tooFew`, `SurvivalError.noEvents`.
    func hazardTimes() throws -> [Double] {
        switch place {
        case .here(let parts):
            let times = try parts.flatMap { try $0.eventTimes().features }
            guard !times.isEmpty else { throw SurvivalError.noEvents }
            return Set(times).sorted()
        case .rehearsed, .elsewhere:
            let times = try result(
                PooledQuantiles(
                    columns: [TrainingCases.timeName], bins: Self.hazardPoints, minimumPerBin: minimumCell), .eventTimes
            )[0].edges
            guard !times.isEmpty else {
                throw LocalLearningError.tooFew(
                    part: "the baseline hazard", reason: "it needs \(2 * minimumCell) pooled events")
            }
            return times
        }
    }

    /// Most bins of event times in a study.
    static let hazardPoints = 100

    /// Numbers of the folds that have cases.
    func numbers(of folds: InnerFolds) -> [Int] {
        switch place {
        case .here(let parts): Set(folds.membership(parts).joined()).sorted()
        case .rehearsed, .elsewhere: Array(1...folds.count)
        }
    }

    /// Bins at distinct quantiles k / `bins`: of the exact values here; of values rounded up to single precision in a study, where
    /// counts find them.
    func edges(bins: Int) throws -> BinEdges {
        switch place {
        case .here(let parts): parts.edges(bins: bins)
        case .rehearsed, .elsewhere:
            BinEdges(
                features: features,
                edges: try result(PooledQuantiles(columns: features, bins: bins, minimumPerBin: minimumCell))
                    .map(\.edges))
        }
    }

    /// Every distinct value of each feature, on which ranks are exact; nil in a study, where such a grid would tell the values.
    var distinctValues: FeatureRanks.Grid? {
        guard case .here(let parts) = place else { return nil }
        return FeatureRanks.Grid(columns: features, points: parts.distinctValues())
    }

    /// Points on which the only feature, a score, is counted: every distinct value here, quantiles in a study.
    func scorePoints() throws -> [Double] {
        if let grid = distinctValues { return grid.points[0] }
        let search = PooledQuantiles(columns: features, bins: RankedFeatures.bins, minimumPerBin: minimumCell)
        return try result(search)[0].edges + [Double(Float.greatestFiniteMagnitude)]
    }

    /// The only table, where there is one and it is here.
    var onlyTable: TrainingCases? {
        guard case .here(let parts) = place, parts.count == 1 else { return nil }
        return parts[0]
    }
}
