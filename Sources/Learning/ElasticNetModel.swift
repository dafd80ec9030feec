/// A path of penalised logistic or Cox models, and what cross-validation says about it.
public struct ElasticNetModel: Sendable, Equatable, Codable {
    /// One model of the path, on the features' own scale.
    public struct Point: Sendable, Equatable, Codable {
        /// Weight of the penalty.
        public let lambda: Double
        /// Intercept; 0 of a Cox model.
        public let intercept: Double
        /// Coefficients in the order of the columns; 0 for a feature that is not in the model.
        public let coefficients: [Double]
        /// Share of the null deviance that the model explains.
        public let devianceRatio: Double
    }

    /// Deviance of the cases held out, over the folds.
    public struct CrossValidation: Sendable, Equatable, Codable {
        /// Mean deviance of a case at each lambda, folds weighted by their cases.
        public let mean: [Double]
        /// Standard error of the mean, from the spread of the folds.
        public let standardError: [Double]
        /// Features without a coefficient in a fold's fit, as without the fold they hardly vary: their standard deviation is not above 1e-4
        /// of the pooled one. Nil for none.
        public let hardlyVarying: [String]?

        /// Mean and spread of folds at each lambda; nil for fewer than two folds.
        ///
        /// - Parameters:
        ///   - deviances: mean deviance of the cases held out, a list a fold.
        ///   - weights: of the folds.
        init?(deviances: [[Double]], weights: [Double], hardlyVarying: [String]) {
            guard deviances.count > 1 else { return nil }
            self.hardlyVarying = hardlyVarying.isEmpty ? nil : hardlyVarying
            let total = weights.reduce(0, +)
            var (mean, error): ([Double], [Double]) = ([], [])
            for place in deviances[0].indices {
                let values = deviances.map { $0[place] }
                let average = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
                let spread = zip(values, weights).reduce(0) { $0 + $1.1 * ($1.0 - average) * ($1.0 - average) } / total
                mean.append(average)
                error.append((spread / Double(deviances.count - 1)).squareRoot())
            }
            self.mean = mean
            standardError = error
        }

        /// Position of the lambda with the lowest deviance.
        public var lowest: Int { mean.indices.min { mean[$0] < mean[$1] } ?? 0 }

        /// Position of the largest lambda within a standard error of the lowest deviance.
        public var withinOneStandardError: Int {
            let limit = mean.isEmpty ? 0 : mean[lowest] + standardError[lowest]
            return mean.firstIndex { $0 <= limit } ?? 0
        }
    }

    /// Names of the features.
    public let columns: [String]
    /// Models from the largest lambda to the smallest.
    public let path: [Point]
    /// Cross-validation; nil without folds.
    public let crossValidation: CrossValidation?
}
