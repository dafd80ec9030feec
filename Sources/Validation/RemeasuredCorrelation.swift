public import Federation
import Statistics

/// Scores of the same cases measured in two ways.
public struct RemeasuredPairs: Sendable, Equatable {
    /// As the sites that developed the model measure.
    public let first: [Double]
    /// As the external sites measure.
    public let second: [Double]
    /// 1 event, 0 no event.
    public let outcome: [Double]

    /// Creates the pairs.
    public init(first: [Double], second: [Double], outcome: [Double]) {
        precondition(first.count == second.count && first.count == outcome.count, "two scores and one outcome a case")
        (self.first, self.second, self.outcome) = (first, second, outcome)
    }

    /// Number of cases.
    public var count: Int { first.count }
}

/// Correlation within the classes of a score that is measured in two ways, over all sites, from which the loss of the AUC by the
/// second way follows.
///
/// Two rounds: numbers and sums by class; then squares and products about the pooled means of the classes.
public struct RemeasuredCorrelation: Computation {
    /// `validation.remeasured-correlation`
    public static let identifier = "validation.remeasured-correlation"
    private let about: String

    /// Creates the computation.
    ///
    /// - Parameter about: what differs between the two ways: `protocol` or `contour`.
    public init(about: String) { self.about = about }

    /// What differs, and from the second round on the means.
    public struct State: Codable, Sendable, Equatable {
        /// What differs between the two ways.
        public let about: String
        /// Cases of non-events and events; nil in the first round.
        let cases: [Double]?
        /// Means of both ways, of non-events and then of events.
        let means: [Double]?
    }

    /// How the two ways agree.
    public struct Result: Sendable, Equatable, Codable {
        /// Number of cases.
        public let cases: Int
        /// Correlation within the classes; nil if a way does not vary.
        public let correlation: Double?
        /// Lin's coefficient over all cases; nil if a way does not vary.
        public let concordance: Double?
    }

    /// Asks for numbers and sums.
    public func initialState() -> State { State(about: about, cases: nil, means: nil) }

    /// A broadcast of the second round, for the catalogue.
    public var exampleSquares: State { State(about: about, cases: [1, 1], means: [0, 0, 0, 0]) }

    /// Sums, then squares.
    public func blocks(for state: State) -> [BlockSpecification] {
        guard state.means != nil else {
            return [
                .counts(
                    "class_cases", shape: [2], meaning: "non-events and events that are measured twice",
                    discloses: "their numbers at the site"),
                .unitScale(
                    "class_sum", shape: [2, 2], meaning: "sums of both measurements of the score, by class",
                    discloses: "the site's class means of the score, measured both ways"),
            ]
        }
        return [
            .unitScale(
                "class_square", shape: [2, 3],
                meaning: "by class, about the pooled means: squares of both measurements, and their products",
                discloses: "the site's spread of the score and the agreement of the two measurements")
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `ValidationError`.
    public func contribute(_ shard: RemeasuredPairs, to state: State) throws -> Contribution {
        guard (shard.first + shard.second).allSatisfy(\.isFinite) else { throw ValidationError.scoreNotFinite }
        guard shard.outcome.allSatisfy({ $0 == 0 || $0 == 1 }) else { throw ValidationError.outcomeNotBinary }
        var sums = blocks(for: state).map(ExactSum.init)
        for row in 0..<shard.count {
            let group = Int(shard.outcome[row])
            guard let means = state.means else {
                sums[0].add(1, at: group)
                sums[1].add(shard.first[row], at: 2 * group)
                sums[1].add(shard.second[row], at: 2 * group + 1)
                continue
            }
            let x = shard.first[row] - means[2 * group]
            let y = shard.second[row] - means[2 * group + 1]
            sums[0].add(x * x, at: 3 * group)
            sums[0].add(y * y, at: 3 * group + 1)
            sums[0].add(x * y, at: 3 * group + 2)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The means, then the correlation.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        guard let means = state.means, let cases = state.cases else {
            let cases = try sum.values("class_cases")
            let sums = try sum.values("class_sum")
            guard cases.reduce(0, +) >= 10 else {
                return .done(Result(cases: Int(cases.reduce(0, +)), correlation: nil, concordance: nil))
            }
            let means = (0..<4).map { cases[$0 / 2] > 0 ? sums[$0] / cases[$0 / 2] : 0 }
            return .broadcast(State(about: state.about, cases: cases, means: means))
        }
        let squares = try sum.values("class_square")
        let (xx, yy, xy) = (squares[0] + squares[3], squares[1] + squares[4], squares[2] + squares[5])
        let n = cases[0] + cases[1]
        // The classes' means about those of all cases.
        let x = (cases[0] * means[0] + cases[1] * means[2]) / n
        let y = (cases[0] * means[1] + cases[1] * means[3]) / n
        var (allX, allY, allXY) = (xx, yy, xy)
        for group in 0..<2 {
            let (dx, dy) = (means[2 * group] - x, means[2 * group + 1] - y)
            allX += cases[group] * dx * dx
            allY += cases[group] * dy * dy
            allXY += cases[group] * dx * dy
        }
        guard xx > 0, yy > 0 else { return .done(Result(cases: Int(n), correlation: nil, concordance: nil)) }
        return .done(
            Result(
                cases: Int(n), correlation: xy / (xx * yy).squareRoot(),
                concordance: 2 * allXY / (allX + allY + n * (x - y) * (x - y))))
    }
}

/// What measurement error leaves of an AUC.
public enum AttenuatedAUC {
    /// `Phi(r Phi^-1(A))`: the AUC of a score that is a linear function of one with the AUC A and normal scores, plus an error
    /// that does not depend on the outcome; r is their correlation within the classes (Coffin and Sukhatme 1997).
    ///
    /// - Returns: nil for an AUC of 0 or 1, which have no normal quantile.
    public static func value(_ area: Double, correlation: Double) -> Double? {
        guard area > 0, area < 1 else { return nil }
        return NormalDistribution.cumulative(correlation * NormalDistribution.quantile(area))
    }
}
