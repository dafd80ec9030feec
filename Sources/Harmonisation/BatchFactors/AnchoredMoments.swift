/// Moments of combinations of levels about the rows that others are brought to: those of the reference's combination, whose mean
/// and variance (denominator: its rows) become 0 and 1; without a reference they stay as they are.
struct AnchoredMoments {
    /// The pooled regression, with grand means and residual standard deviations of the reference.
    let model: ComBatModel
    /// Standardised means and sums of squares about them, combinations x features.
    let means, squares: [Double]

    /// - Parameter present: rows of each combination that have a feature, combinations x features; nil where none misses any.
    /// - Throws: `HarmonisationError.absent` naming features that the reference's rows do not have.
    init(
        _ design: FactorDesign, model: ComBatModel, means: [Double], squares: [Double], present: [Double]?
    ) throws(HarmonisationError) {
        guard let reference = design.reference else {
            (self.model, self.means, self.squares) = (model, means, squares)
            return
        }
        let place = try Self.requireReference(design)
        let p = model.features.count
        let own = place * p..<(place + 1) * p
        let counts = present.map { Array($0[own]) } ?? [Double](repeating: design.counts[place], count: p)
        let absent = model.activeColumns.filter { counts[$0] == 0 }
        guard absent.isEmpty else { throw .absent(features: absent.map { model.features[$0] }) }
        let centre = Array(means[own])
        let square = zip(squares[own], counts).map { $1 > 0 ? $0 / $1 : 0 }
        let still = model.activeColumns.filter { !(square[$0] > 0) }
        let roots = square.map { $0 > 0 ? $0.squareRoot() : 1 }
        let deviation = model.pooledStandardDeviation
        let name = BatchCombination.name(zip(reference, design.factors).map { $1.levels[$0] })
        let anchored = ComBatModel(
            features: model.features, covariates: model.covariates, method: model.method, cases: model.cases,
            beta: model.beta, grandMean: (0..<p).map { model.grandMean[$0] + centre[$0] * deviation[$0] },
            pooledStandardDeviation: (0..<p).map { deviation[$0] * roots[$0] }, reference: name,
            missing: model.missing, passedThrough: model.passedThrough + still.map { model.features[$0] })
        self.model = model.classes.map(anchored.grouping) ?? anchored
        self.means = means.indices.map { (means[$0] - centre[$0 % p]) / roots[$0 % p] }
        self.squares = squares.indices.map { squares[$0] / (roots[$0 % p] * roots[$0 % p]) }
    }

    /// Place of the reference's combination, if there is a reference.
    ///
    /// - Throws: `HarmonisationError.unknownBatch`, `.batchTooSmall`.
    @discardableResult
    static func requireReference(_ design: FactorDesign) throws(HarmonisationError) -> Int {
        guard let reference = design.reference else { return 0 }
        guard let place = design.combinations.firstIndex(of: reference) else {
            let levels = zip(reference, design.factors).map { $1.levels[$0] }
            throw .unknownBatch(BatchCombination.shown(BatchCombination.name(levels)))
        }
        guard design.counts[place] > 1 else {
            throw .batchTooSmall(cases: Int(design.counts[place]), minimum: 2)
        }
        return place
    }
}
