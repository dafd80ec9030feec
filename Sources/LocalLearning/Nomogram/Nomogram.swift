public import Federation
import Learning

/// A linear model as scales that are added up by hand: points of each variable, and the probability of their total.
///
/// A variable has points 100 |b| (x - x0) / max_k |b_k| range_k, where x0 is the end of its axis with the smaller b x (Harrell, Regression
/// Modeling Strategies 2015, chapter 5; R rms `nomogram` with maxscale 100).
public struct Nomogram: Codable, Sendable, Equatable {
    /// A value of a scale and its points.
    public struct Mark: Codable, Sendable, Equatable {
        /// The value.
        public let value: Double
        /// Points of a variable, or total points.
        public let points: Double
    }

    /// The scale of one variable.
    public struct Variable: Codable, Sendable, Equatable {
        /// Its name.
        public let name: String
        /// Change of the linear predictor for one unit.
        public let coefficient: Double
        /// Values of the axis and their points.
        public let marks: [Mark]
    }

    /// What the last scale shows.
    public enum Outcome: String, Codable, Sendable {
        /// Probability of the event.
        case probability
        /// Probability of an event up to the horizon.
        case risk
    }

    /// The variables in the order of the model.
    public let variables: [Variable]
    /// Round totals from 0 to the largest.
    public let totals: [Double]
    /// Values of the linear predictor and their total points.
    public let linearPredictor: [Mark]
    /// Probabilities and their total points.
    public let probabilities: [Mark]
    /// What the probabilities are.
    public let outcome: Outcome
    /// Time up to which a risk is meant; nil without time.
    public let horizon: Double?
    /// Linear predictor at 0 points.
    public let origin: Double
    /// Change of the linear predictor for one point.
    public let slope: Double

    /// Probabilities that are marked where they can be reached.
    static let marked = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]
    /// A variable of up to so many values has these as its axis.
    static let levelLimit = 10

    /// Makes the scales of a fitted model.
    ///
    /// - Parameters:
    ///   - table: cases that the ranges of the axes come from, with the model's features.
    ///   - horizon: time up to which a Cox model's risk is meant.
    /// - Throws: `LocalLearningError.options` for a model that is not linear, or a horizon that has no meaning.
    public init(_ fitted: FittedModel, table: CaseTable, horizon: Double? = nil) throws {
        guard fitted.transforms == nil else {
            throw LocalLearningError.options(
                "a nomogram's axes are of values as they are, but the model takes transforms of them (--log, --box-cox)"
            )
        }
        var predictor = fitted.predictor
        var values = try fitted.prepared(table)
        if case .stacked(let stacked) = predictor {
            values = try stacked.upperTable(values).selecting(features: stacked.upper.model.columns)
            predictor = stacked.upper
        }
        let baselineRisk: Double?
        switch (predictor, horizon) {
        case (.logistic, nil): baselineRisk = nil
        case (.cox(let cox), let horizon?):
            guard let risk = cox.risk(at: horizon, score: 0), risk > 0, risk < 1 else {
                throw LocalLearningError.options(
                    "--horizon: no event of the training cases tells the risk at \(horizon)")
            }
            baselineRisk = risk
        case (.cox, nil): throw LocalLearningError.options("a nomogram of a Cox model needs --horizon")
        case (.logistic, _?): throw LocalLearningError.options("--horizon: the model is not one of times; leave it out")
        default: throw LocalLearningError.options("a nomogram needs a logistic or a Cox model")
        }
        guard let terms = predictor.linear, !terms.coefficients.isEmpty else {
            throw LocalLearningError.options("the model has no variable, and a nomogram would have no scale")
        }
        try self.init(terms, values: values, baselineRisk: baselineRisk, horizon: horizon)
    }

    private init(_ terms: LinearTerms, values: CaseTable, baselineRisk: Double?, horizon: Double?) throws {
        let standardisation = terms.standardisation
        let p = standardisation.columns.count
        let slopes = zip(terms.coefficients, standardisation.standardDeviations).map { $0 / $1 }
        let axes = (0..<p).map { column in
            Self.axis((0..<values.count).map { values.features[$0 * p + column] })
        }
        let spans = zip(slopes, axes).map { $0.magnitude * (($1.last ?? 0) - ($1.first ?? 0)) }
        guard let largest = spans.max(), largest > 0 else {
            throw LocalLearningError.options("the variables do not vary in the table; give one with the training cases")
        }
        slope = largest / 100
        var lowest = terms.intercept
        for column in 0..<p {
            let ends = [axes[column].first ?? 0, axes[column].last ?? 0].map { slopes[column] * $0 }
            lowest += (ends.min() ?? 0) - slopes[column] * standardisation.means[column]
        }
        origin = lowest
        variables = (0..<p).map { column in
            let zero = slopes[column] >= 0 ? axes[column].first ?? 0 : axes[column].last ?? 0
            return Variable(
                name: standardisation.columns[column], coefficient: slopes[column],
                marks: axes[column].map { Mark(value: $0, points: 100 * slopes[column] * ($0 - zero) / largest) })
        }
        let most = variables.reduce(0) { $0 + ($1.marks.map(\.points).max() ?? 0) }
        totals = AxisValues.covering(0, most).filter { $0 <= most * (1 + 1e-12) }
        let (start, step) = (lowest, largest / 100)
        func total(_ predictor: Double) -> Double { (predictor - start) / step }
        func isReached(_ points: Double) -> Bool { points >= 0 && points <= most }
        linearPredictor = AxisValues.covering(lowest, lowest + most * step)
            .map { Mark(value: $0, points: total($0)) }.filter { isReached($0.points) }
        probabilities = Self.marked.map { Mark(value: $0, points: total(Self.predictor($0, baselineRisk))) }
            .filter { isReached($0.points) }
        outcome = baselineRisk == nil ? .probability : .risk
        self.horizon = horizon
    }

    /// Linear predictor at a probability.
    private static func predictor(_ probability: Double, _ baselineRisk: Double?) -> Double {
        guard let baselineRisk else { return LogisticTransform.logOdds(probability) }
        return LogisticTransform.logOfHazardRatio(probability, baselineRisk: baselineRisk)
    }

    /// Values of an axis: those of a variable that has few, else round values over its range.
    static func axis(_ values: [Double]) -> [Double] {
        let sorted = values.sorted()
        let levels = Set(sorted)
        guard levels.count > levelLimit else { return levels.sorted() }
        return AxisValues.covering(sorted[0], sorted[sorted.count - 1])
    }

    /// Total points of a case and its linear predictor, from the values of the variables.
    public func total(_ values: [Double]) -> (points: Double, linearPredictor: Double) {
        precondition(values.count == variables.count, "a value for each variable")
        var points = 0.0
        for (variable, value) in zip(variables, values) {
            let zero = variable.marks.min { $0.points < $1.points }?.value ?? 0
            points += variable.coefficient * (value - zero) / slope
        }
        return (points, origin + slope * points)
    }
}
