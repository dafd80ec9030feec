import Statistics

/// How much one feature differs between batches.
public struct FeatureDiagnostics: Sendable, Equatable, Codable {
    /// A test of batches: statistic and p value.
    public struct Test: Sendable, Equatable, Codable {
        /// F.
        public let statistic: Double
        /// Probability of a larger F if batches do not differ.
        public let p: Double

        /// A one-way analysis of variance; nil without variance within batches.
        ///
        /// - Parameters:
        ///   - between: sum over batches of rows times squared distance of the batch's mean from the mean of all.
        ///   - within: sum of squares about the batches' means.
        init?(between: Double, within: Double, batches: Double, cases: Double) {
            let (df1, df2) = (batches - 1, cases - batches)
            guard df1 > 0, df2 > 0, within > 0 else { return nil }
            let f = (between / df1) / (within / df2)
            statistic = f
            // The upper tail by the symmetry of the distribution, without cancellation.
            p = f > 0 ? FisherDistribution.cumulative(1 / f, df1: df2, df2: df1) : 1
        }
    }

    /// Name of the feature.
    public let feature: String
    /// One-way analysis of variance of the values; nil for a feature that does not vary within batches.
    public let anova: Test?
    /// Levene's test: analysis of variance of the distances from the batches' means.
    public let levene: Test?
    /// Brown and Forsythe's test: of the distances from the batches' medians.
    public let brownForsythe: Test?
    /// Largest Kolmogorov-Smirnov distance between two batches.
    public let kolmogorovSmirnov: Double
    /// Interval that holds the distance, where it comes from histograms; nil where it comes from the values.
    public let kolmogorovSmirnovInterval: [Double]?
    /// Standardised Anderson-Darling statistic of k samples with midranks (Scholz and Stephens 1987, eq. 7); nil for fewer than four
    /// values or values that are all the same.
    public let andersonDarling: Double?
    /// Histogram of each batch, where no value may leave its site; nil where there are the values.
    public let histograms: BatchHistograms.Feature?

    /// From values.
    init(_ tests: BatchContrasts.Feature, ranks: RankComparison) {
        (feature, anova, levene, brownForsythe) = (tests.feature, tests.anova, tests.levene, tests.brownForsythe)
        kolmogorovSmirnov = ranks.distance
        andersonDarling = ranks.andersonDarling
        (kolmogorovSmirnovInterval, histograms) = (nil, nil)
    }

    /// From histograms.
    init(_ tests: BatchContrasts.Feature, histograms: BatchHistograms.Feature) {
        (feature, anova, levene, brownForsythe) = (tests.feature, tests.anova, tests.levene, tests.brownForsythe)
        kolmogorovSmirnov = histograms.kolmogorovSmirnov
        andersonDarling = histograms.andersonDarling
        kolmogorovSmirnovInterval = histograms.kolmogorovSmirnovInterval
        self.histograms = histograms
    }
}
