import Learning
import Statistics

/// The terms of a linear model with what is known of their precision.
public struct TermTable: Codable, Sendable, Equatable {
    /// One term.
    public struct Row: Codable, Sendable, Equatable {
        /// Feature, or the block whose score it is.
        public let term: String
        /// Change of the score for one standard deviation.
        public let coefficient: Double
        /// Change of the score for one unit.
        public let perUnit: Double
        /// Standard error of `coefficient` from the information (Wald); nil after a selection by the penalty.
        public let standardError: Double?
        /// Lower end of the 95 % interval of `coefficient`.
        public let lower: Double?
        /// Upper end.
        public let upper: Double?
        /// Two-sided p of no effect.
        public let pValue: Double?
        /// Share of folds whose model has the feature; nil where that was not asked for.
        public let frequency: Double?
    }

    /// The terms in the order of the model; empty for trees.
    public let rows: [Row]

    /// Lists the terms of a file's model; of a stacked model those of the upper one.
    public init(_ file: ModelFile) {
        var predictor = file.fitted.predictor
        if case .stacked(let own) = predictor { predictor = own.upper }
        let errors: [Double]?
        switch predictor {
        case .logistic(let own): errors = own.standardErrors.map { Array($0.dropFirst()) }
        case .cox(let own): errors = own.standardErrors
        case .supportVector, .trees, .forest, .network, .kernel, .stacked: errors = nil
        }
        guard let linear = predictor.linear else {
            rows = []
            return
        }
        let z = NormalDistribution.quantile(0.975)
        let deviations = linear.standardisation.standardDeviations
        rows = linear.standardisation.columns.indices.map { place in
            let column = linear.standardisation.columns[place]
            let coefficient = linear.coefficients[place]
            // What is known has no error.
            let error = column == linear.offset ? nil : errors?[place]
            return Row(
                term: column, coefficient: coefficient, perUnit: coefficient / deviations[place], standardError: error,
                lower: error.map { coefficient - z * $0 }, upper: error.map { coefficient + z * $0 },
                pValue: error.map { NormalDistribution.twoSided(coefficient / $0) },
                frequency: file.stability.map { $0.frequencies[column] ?? 0 })
        }
    }
}
