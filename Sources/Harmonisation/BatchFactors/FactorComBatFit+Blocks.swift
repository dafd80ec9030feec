public import Federation

extension FactorComBatFit {
    /// Counts of combinations, means, products, residual squares.
    public func blocks(for state: State) -> [BlockSpecification] {
        let (p, q) = (state.features.count, state.covariates.count)
        guard let combinations = state.combinations else {
            return [
                .counts(
                    "combination", shape: state.factors.map(\.levels.count),
                    meaning: "number of cases of each combination of levels",
                    discloses: "the site's scanners and settings, and how many cases each has")
            ]
        }
        let width = combinations.count
        guard state.allowsMissing == nil else { return incompleteBlocks(for: state, combinations: width) }
        guard state.means != nil else {
            return [
                .unitScale(
                    "combination_sum", shape: [width, q + p],
                    meaning: "sums of covariates and features over each combination of levels, scaled",
                    discloses: "the site's means of covariates and features for each combination")
            ]
        }
        guard state.model != nil else {
            let covariates: [BlockSpecification] =
                q > 0
                ? [
                    .unitScale(
                        "covariate_product", shape: [q * (q + 1) / 2],
                        meaning:
                            "upper triangle of the covariates' cross-products about the combinations' means, scaled",
                        discloses: "the site's covariance of the covariates"),
                    .unitScale(
                        "cross_product", shape: [q, p],
                        meaning: "cross-products of covariates and features about the combinations' means, scaled",
                        discloses: "the site's covariance of covariates and features"),
                ] : []
            return [
                .unitScale(
                    "combination_square", shape: [width, p],
                    meaning: "sums of squares of the features about the combinations' means, scaled",
                    discloses: "the site's spread of each feature for each combination")
            ] + covariates
        }
        return [Self.residualSquare([width, p])]
    }

    private static func residualSquare(_ shape: [Int]) -> BlockSpecification {
        .unitScale(
            "residual_square", shape: shape,
            meaning: "sums of squares of the standardised residuals about the combinations' means",
            discloses: "the site's residual spread of each feature for each combination")
    }

    /// Blocks after the first round where features may have missing values: each over the rows that have the feature.
    private func incompleteBlocks(for state: State, combinations width: Int) -> [BlockSpecification] {
        let (p, q) = (state.features.count, state.covariates.count)
        guard state.means != nil else {
            return [
                .counts(
                    "combination_values", shape: [width, p],
                    meaning: "number of values of each feature for each combination of levels",
                    discloses: "how many values of a feature the site misses for each combination"),
                .unitScale(
                    "combination_sum", shape: [width, p, 1 + q],
                    meaning: "sums of each feature, and of the covariates over the rows that have it, scaled",
                    discloses: "the site's means of each feature, and of covariates where it is present"),
            ]
        }
        guard state.model == nil else { return [Self.residualSquare([width, p])] }
        let squares = BlockSpecification.unitScale(
            "combination_square", shape: [width, p],
            meaning: "sums of squares of the features about the combinations' means, scaled",
            discloses: "the site's spread of each feature for each combination")
        guard q > 0 else { return [squares] }
        return [
            squares,
            .unitScale(
                "covariate_product", shape: [p, q * (q + 1) / 2],
                meaning:
                    "covariates' cross-products about the combinations' means over the rows with the feature, scaled",
                discloses: "the site's covariance of the covariates where a feature is present"),
            .unitScale(
                "cross_product", shape: [p, q],
                meaning: "cross-products of covariates and feature about the combinations' means, scaled",
                discloses: "the site's covariance of covariates and features"),
        ]
    }
}
