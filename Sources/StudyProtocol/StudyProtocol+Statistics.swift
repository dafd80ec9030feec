extension StudyProtocol {
    /// A statistic over the cases of all sites that a study computes from their sums; entries of `validation.statistics` and of
    /// `agreement.statistics`.
    public struct Statistic: Sendable, Equatable, Codable {
        /// What is computed.
        public let kind: Kind
        /// Columns: of one score or of two (`model` and `out-of-fold` are the study's own), or of two or more readers.
        public let columns: [String]
        /// Of `decision-curve` the thresholds of the risk, ascending; of `reclassification` the limits of the categories.
        public let points: [Double]?
        /// Columns of follow-up, and its grid.
        public let followUp: FollowUp?
        /// Categories of ratings, in order.
        public let categories: [String]?
        /// Of ratings how disagreements count.
        public let weights: Weights?
        /// Of ratings what categories mean for Krippendorff's alpha.
        public let level: Level?
        /// Of measurements a number about as large as they are.
        public let magnitude: Double?

        /// A statistic of the catalogue.
        public enum Kind: String, Sendable, Equatable, Codable, CaseIterable {
            /// ICI, E50, E90 and Emax of a spline calibration curve.
            case calibrationCurve = "calibration-curve"
            /// Net benefit at each threshold.
            case decisionCurve = "decision-curve"
            /// NRI and IDI of a score against another.
            case reclassification
            /// AUC of a score less that of another.
            case pairedAUC = "paired-auc"
            /// AUC of pairs within sites.
            case stratifiedAUC = "stratified-auc"
            /// Kaplan-Meier on a grid.
            case survival
            /// Harrell's C.
            case concordance
            /// Uno's C.
            case unoConcordance = "uno-concordance"
            /// AUC at the horizon.
            case timeAUC = "time-auc"
            /// Chance-corrected agreement of two readers.
            case pair
            /// Chance-corrected agreement of two or more readers, ratings may be missing.
            case ratings
            /// ICC, CCC, Bland-Altman and alpha of measurements.
            case measurements

            /// Whether it is an entry of `agreement.statistics`.
            public var isAgreement: Bool { [.pair, .ratings, .measurements].contains(self) }
            /// Whether it is of times to an event.
            public var isSurvival: Bool { [.survival, .concordance, .unoConcordance, .timeAUC].contains(self) }
            /// Whether it compares two scores.
            public var isPaired: Bool { [.reclassification, .pairedAUC].contains(self) }
        }

        /// Time to the event or to the last visit.
        public struct FollowUp: Sendable, Equatable, Codable {
            /// Column of the time.
            public let time: String
            /// Column of the event: 1, or 0.
            public let event: String
            /// Distance of the points of the grid of times, in the unit of the times.
            public let interval: Double
            /// Last point; Uno's tau.
            public let horizon: Double

            /// The points: every interval up to the horizon, and the horizon.
            public var grid: [Double] {
                var points: [Double] = []
                // Not a running sum, which would drift.
                while interval * Double(points.count + 1) < horizon {
                    points.append(interval * Double(points.count + 1))
                }
                return points + [horizon]
            }
        }

        /// How disagreements count.
        public enum Weights: String, Sendable, Equatable, Codable, CaseIterable {
            /// All alike, by the distance, by the squared distance.
            case none, linear, quadratic
        }

        /// What differences of categories mean.
        public enum Level: String, Sendable, Equatable, Codable, CaseIterable {
            /// As Krippendorff has them.
            case nominal, ordinal, interval, ratio
        }

        /// What its results are shown under, beside the kind: the columns, and what two statistics of the same differ in.
        public var subject: String {
            var parts = columns.isEmpty ? [] : [columns.joined(separator: " - ")]
            if kind == .reclassification, let points {
                parts.append("limits " + points.map { "\($0)" }.joined(separator: " "))
            }
            if let followUp { parts.append("\(followUp.event) to \(followUp.horizon)") }
            if let weights, weights != .none { parts.append("\(weights.rawValue) weights") }
            if let level, level != .nominal { parts.append("\(level.rawValue) level") }
            return parts.joined(separator: ", ")
        }
    }
}

extension StudyProtocol.Statistic {
    /// Most points of a grid, and thresholds.
    private static let mostPoints = 999
    /// Thresholds of a decision curve where none are named.
    private static let defaultThresholds = (1...19).map { Double($0) / 20 }

    /// The entries of a list.
    static func list(
        _ reader: ConfigurationReader, isAgreement: Bool
    ) throws(ConfigurationError) -> [StudyProtocol.Statistic]? {
        var list: [StudyProtocol.Statistic] = []
        for section in try reader.sections("statistics") {
            list.append(try StudyProtocol.Statistic(section, isAgreement: isAgreement))
        }
        guard Set(list.map { "\($0.kind) \($0.subject)" }).count == list.count else {
            throw reader.fault("statistics", "has two entries of one kind about the same")
        }
        return list.isEmpty ? nil : list
    }

    private init(_ reader: ConfigurationReader, isAgreement: Bool) throws(ConfigurationError) {
        let kind = try reader.choice("kind", as: Kind.self)
        guard kind.isAgreement == isAgreement else {
            throw reader.fault(
                "kind", "'\(kind.rawValue)' belongs to \(kind.isAgreement ? "agreement" : "validation").statistics")
        }
        self.kind = kind
        if isAgreement {
            columns = try reader.strings("columns")
            (points, followUp) = (nil, nil)
            guard kind == .pair ? columns.count == 2 : (2...64).contains(columns.count) else {
                throw reader.fault("columns", kind == .pair ? "names two readers" : "names 2 to 64 readers")
            }
            guard Set(["model", "out-of-fold"]).isDisjoint(with: columns) else {
                throw reader.fault(
                    "columns", "'model' and 'out-of-fold' are the study's scores; name columns of readings")
            }
            if kind == .measurements {
                try reader.allow("kind", "columns", "magnitude")
                (categories, weights, level) = (nil, nil, nil)
                magnitude = try reader.number("magnitude", in: 1e-100...1e100)
                return
            }
            try reader.allow("kind", "columns", "categories", "weights", "level")
            let categories = try reader.strings("categories")
            guard (2...64).contains(categories.count) else {
                throw reader.fault("categories", "names 2 to 64 categories, in order")
            }
            self.categories = categories
            weights = try reader.choice("weights", as: Weights.self, default: Weights.none)
            level = try reader.choice("level", as: Level.self, default: .nominal)
            guard kind == .ratings || !reader.has("level") else {
                throw reader.fault("level", "belongs to the kind ratings")
            }
            magnitude = nil
            return
        }
        (categories, weights, level, magnitude) = (nil, nil, nil, nil)
        var keys = ["kind"]
        if kind != .survival { keys.append("score") }
        if kind.isPaired { keys.append("against") }
        if kind.isSurvival { keys += ["time", "event", "interval", "horizon"] }
        if kind == .decisionCurve { keys.append("thresholds") }
        if kind == .reclassification { keys.append("limits") }
        try reader.allow(keys)
        columns =
            (kind == .survival ? [] : [try reader.string("score")])
            + (kind.isPaired ? [try reader.string("against")] : [])
        guard Set(columns).count == columns.count else { throw reader.fault("against", "is the score itself") }
        points = try Self.points(reader, kind)
        guard kind.isSurvival else {
            followUp = nil
            return
        }
        let found = FollowUp(
            time: try reader.string("time"), event: try reader.string("event"),
            interval: try reader.number("interval", in: 1e-6...1e9),
            horizon: try reader.number("horizon", in: 1e-6...1e9))
        try Self.checkGrid(reader, found.horizon, found.interval)
        followUp = found
    }

    /// Whether the points up to a horizon are not too many.
    static func checkGrid(
        _ reader: ConfigurationReader, _ horizon: Double, _ interval: Double
    ) throws(ConfigurationError) {
        guard horizon / interval <= Double(mostPoints) else {
            throw reader.fault("interval", "makes more than \(mostPoints) intervals up to the horizon")
        }
    }

    private static func points(
        _ reader: ConfigurationReader, _ kind: Kind
    ) throws(ConfigurationError) -> [Double]? {
        guard let key = [.decisionCurve: "thresholds", .reclassification: "limits"][kind] else { return nil }
        let points = try reader.numbers(key, in: 1e-6...(1 - 1e-6))
        guard points.count <= mostPoints, zip(points, points.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw reader.fault(key, "must be ascending, and at most \(mostPoints)")
        }
        if points.isEmpty { return kind == .decisionCurve ? defaultThresholds : nil }
        return points
    }
}

extension StudyProtocol {
    /// All statistics from sums: those that the protocol lists, then the C of each score.
    public var statistics: [Statistic] { listedStatistics + pooledConcordances }

    /// The statistics from sums that the protocol lists, those of validation first.
    public var listedStatistics: [Statistic] { (validation.statistics ?? []) + (agreement.statistics ?? []) }

    /// Of an outcome with times the C up to the horizon of each score that several sites validate.
    private var pooledConcordances: [Statistic] {
        guard let time = outcome.time, let horizon = validation.horizon, let interval = validation.interval else {
            return []
        }
        let followUp = Statistic.FollowUp(time: time, event: outcome.column, interval: interval, horizon: horizon)
        return ((model == nil ? [] : ["model"]) + validation.scores).map { score in
            Statistic(
                kind: .concordance, columns: [score], points: nil, followUp: followUp, categories: nil, weights: nil,
                level: nil, magnitude: nil)
        }.filter { sites(of: $0).count > 1 }
    }

    /// Sites that take part in a statistic: of the model those that did not fit it, of predictions out of fold those that did.
    public func sites(of statistic: Statistic) -> [String] {
        if statistic.columns.contains("model") { return sites.external }
        return statistic.columns.contains("out-of-fold") ? sites.training : sites.all
    }

    /// Whether the scores of the statistics are there.
    func checkStatistics(_ root: ConfigurationReader) throws(ConfigurationError) {
        guard let entries = validation.statistics else { return }
        let sections = try root.section("validation").sections("statistics")
        for (statistic, reader) in zip(entries, sections) {
            for (key, column) in zip(["score", "against"], statistic.columns) {
                switch column {
                case "model":
                    guard model != nil, !sites.external.isEmpty else {
                        throw reader.fault(key, "'model' is validated at external sites; the study needs both")
                    }
                case "out-of-fold":
                    guard validation.folds != nil else {
                        throw reader.fault(key, "'out-of-fold' needs validation.folds")
                    }
                default:
                    guard validation.scores.contains(column) else {
                        throw reader.fault(
                            key, "'\(column)' is neither 'model' nor 'out-of-fold' nor one of validation.scores")
                    }
                }
            }
            guard !Set(["model", "out-of-fold"]).isSubset(of: statistic.columns) else {
                throw reader.fault("against", "'model' and 'out-of-fold' are of different sites")
            }
        }
    }
}
