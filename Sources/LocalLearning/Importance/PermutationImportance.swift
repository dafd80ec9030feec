import Federation
import Statistics
import StudyProtocol

/// How much worse a model predicts when the features of a group are exchanged among the cases of a site, all features of the group by the
/// same permutation (Breiman, Mach Learn 2001;45:5; grouped as Gregorutti, Comput Stat Data Anal 2015;90:15).
///
/// The loss is the log loss of a probability, or for a Cox model the discordance of pairs. Intervals are of the mean over cases, given the
/// model; use cases that it was not fitted to.
public struct PermutationImportance: Codable, Sendable, Equatable {
    /// One group.
    public struct Row: Codable, Sendable, Equatable {
        /// Name of the group.
        public let group: String
        /// Features of the model in it.
        public let features: Int
        /// Rise of the mean loss.
        public let rise: Double
        /// Lower end of its 95 % interval.
        public let lower: Double
        /// Upper end.
        public let upper: Double
        /// Fall of the AUC or of the concordance.
        public let fall: Double?
        /// Share of the rises of all groups, each at least 0; nil where none rises.
        public let share: Double?
        /// Lower end of the 95 % interval of the share, by the delta method.
        public let shareLower: Double?
        /// Upper end.
        public let shareUpper: Double?
    }

    /// Groups by falling rise.
    public let rows: [Row]
    /// Mean loss of the cases as they are.
    public let loss: Double
    /// Number of cases.
    public let cases: Int
    /// Permutations of each group.
    public let permutations: Int

    /// Exchanges and predicts.
    ///
    /// - Parameters:
    ///   - cases: with the model's features and the outcome; its batch is the site.
    ///   - permutations: how often each group is exchanged.
    ///   - seed: key of the hash that makes the permutations.
    /// - Throws: `LocalLearningError.options` for a model without probabilities of an outcome without time.
    public init(
        _ fitted: FittedModel, _ cases: TrainingCases, grouping: FeatureGrouping, permutations: Int, seed: String
    ) throws {
        guard permutations > 0, cases.count > 1 else {
            throw LocalLearningError.options("--permutations is 1 or more, and the table has two cases or more")
        }
        let own = try cases.selecting(features: fitted.features)
        let losses = CaseLosses(fitted.predictor, own)
        let before = try fitted.scores(own.table)
        let start = try losses.values(before)
        let groups = Self.groups(fitted, grouping)
        let areaBefore = Discriminations.value(before, own)
        var rises: [[Double]] = []
        var falls: [Double?] = []
        for (name, members) in groups {
            RunProgress.tell("exchanging '\(name)'")
            var sum = [Double](repeating: 0, count: own.count)
            var areas: [Double] = []
            for permutation in 0..<permutations {
                let table = Self.exchanged(own, members, key: "\(seed)/\(name)/\(permutation)")
                let scores = try fitted.scores(table)
                for (row, loss) in try losses.values(scores).enumerated() { sum[row] += loss - start[row] }
                if let area = Discriminations.value(scores, own) { areas.append(area) }
            }
            rises.append(sum.map { $0 / Double(permutations) })
            falls.append(
                areaBefore.flatMap { area in
                    areas.isEmpty ? nil : area - areas.reduce(0, +) / Double(areas.count)
                })
        }
        let shares = GroupShares(rises)
        rows = groups.indices.map { place in
            let (rise, error) = (shares.means[place], shares.errors[place])
            let z = NormalDistribution.quantile(0.975)
            let share = shares.share(place)
            return Row(
                group: groups[place].name, features: groups[place].members.count, rise: rise, lower: rise - z * error,
                upper: rise + z * error, fall: falls[place], share: share?.value,
                shareLower: share.map { max(0, $0.value - z * $0.error) },
                shareUpper: share.map { min(1, $0.value + z * $0.error) })
        }.sorted { ($0.rise, $1.group) > ($1.rise, $0.group) }
        loss = start.reduce(0, +) / Double(start.count)
        self.cases = own.count
        self.permutations = permutations
    }

    /// Features of the table in each group, by the group's name.
    private static func groups(_ fitted: FittedModel, _ grouping: FeatureGrouping) -> [(name: String, members: [Int])] {
        let places = Dictionary(
            fitted.features.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var members: [String: [Int]] = [:]
        if grouping == .block, case .stacked(let stacked) = fitted.predictor {
            for block in stacked.blocks { members[block.name] = block.fitted.features.compactMap { places[$0] } }
            for name in stacked.direct where places[name] != nil { members[name] = [places[name] ?? 0] }
        } else {
            for (place, feature) in fitted.features.enumerated() {
                members[grouping.group(of: feature), default: []].append(place)
            }
        }
        return members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The table with some columns from other cases of the same site, by a keyed hash of the rows' places.
    private static func exchanged(_ cases: TrainingCases, _ columns: [Int], key: String) -> CaseTable {
        let order = KeyedOrder(key: key)
        let codes = cases.names.indices.map { order.code("\($0)") }
        var table = cases.table
        let p = table.featureCount
        for site in Set(cases.table.batch) {
            let rows = cases.table.batch.indices.filter { cases.table.batch[$0] == site }
            let others = rows.sorted { codes[$0].lexicographicallyPrecedes(codes[$1]) }
            for (row, other) in zip(rows, others) {
                for column in columns { table.features[row * p + column] = cases.table.features[other * p + column] }
            }
        }
        return table
    }
}
