public import Federation

/// Location and scale of one batch on the standardised scale. It stays at the site that has the batch.
public struct BatchEstimate: Sendable, Equatable, Codable {
    /// The batch.
    public let batch: String
    /// Number of cases that it was estimated from.
    public let cases: Int
    /// gamma* of each feature of the model; 0 for a feature that is not adjusted.
    public let location: [Double]
    /// delta*^2 of each feature of the model; 1 for a feature that is not adjusted.
    public let scale: [Double]
    /// Features that do not vary within this batch, beyond the model's own list: returned unchanged.
    public let constantFeatures: [String]
    /// Whether the scale was left alone: one case only, or a method for the location.
    public let isLocationOnly: Bool
    /// Whether empirical Bayes was applied; it needs two features at least.
    public let isShrunk: Bool
}

extension BatchEstimate {
    /// Estimates from the moments of the standardised values of each active feature (Johnson 2007, section 3.2).
    ///
    /// - Parameters:
    ///   - constant: marks the active features that do not vary within the batch; they are returned unchanged, or, by
    ///     the rule of `neuroCombat`, count with scale 1.
    ///   - active: positions of the active features among the model's.
    init(
        batch: String, moments: [EmpiricalBayes.Estimate], rows: Int, constant: [Bool], active: [Int],
        model: ComBatModel
    ) throws(HarmonisationError) {
        let method = model.method
        let width = active.count
        let keepsConstant = method == .parametricNeuroCombat
        let usable = (0..<width).filter { keepsConstant || !constant[$0] }
        var raw = usable.map { moments[$0] }
        if keepsConstant {
            for index in raw.indices where raw[index].delta == 0 { raw[index].delta = 1 }
        }
        let isLocationOnly = method.isLocationOnly || rows == 1
        var star = raw
        var isShrunk = false
        for group in Self.groups(usable.map { active[$0] }, classes: model.classes) {
            let posterior = try Self.posterior(
                group.map { raw[$0] }, rows: rows, isLocationOnly: isLocationOnly, method: method
            ) { model.features[active[usable[group[$0]]]] }
            for (place, index) in group.enumerated() { star[index] = posterior.star[place] }
            if posterior.isShrunk { isShrunk = true }
        }
        var location = [Double](repeating: 0, count: model.features.count)
        var scale = [Double](repeating: 1, count: model.features.count)
        for (index, column) in usable.enumerated() {
            location[active[column]] = star[index].gamma
            scale[active[column]] = star[index].delta
        }
        self.batch = batch
        cases = rows
        self.location = location
        self.scale = scale
        constantFeatures = (0..<width).filter { !keepsConstant && constant[$0] }.map { model.features[active[$0]] }
        self.isLocationOnly = isLocationOnly
        self.isShrunk = isShrunk
    }

    /// What the reference is to be brought to itself: nothing changes.
    static func reference(_ batch: String, cases: Int, features: Int) -> BatchEstimate {
        BatchEstimate(
            batch: batch, cases: cases, location: [Double](repeating: 0, count: features),
            scale: [Double](repeating: 1, count: features), constantFeatures: [], isLocationOnly: false,
            isShrunk: false)
    }

    /// Positions in `columns` of the features that share a prior, classes in the order of their names.
    static func groups(_ columns: [Int], classes: [String]?) -> [[Int]] {
        guard let classes else { return [Array(columns.indices)] }
        return Dictionary(grouping: columns.indices) { classes[columns[$0]] }.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Empirical Bayes over features that share a prior.
    private static func posterior(
        _ raw: [EmpiricalBayes.Estimate], rows: Int, isLocationOnly: Bool, method: ComBatMethod,
        name: (Int) -> String
    ) throws(HarmonisationError) -> (star: [EmpiricalBayes.Estimate], isShrunk: Bool) {
        let prior =
            method == .withoutEB ? nil : EmpiricalBayes(gamma: raw.map(\.gamma), delta: raw.map(\.delta))
        // The only case of a batch is its own location: without shrinkage nothing of it would remain.
        guard rows > 1 || prior != nil else { throw .batchTooSmall(cases: rows, minimum: 2) }
        var star = raw
        if method.isNonparametric, raw.count > 1 {
            var offered = raw
            if isLocationOnly { for index in offered.indices { offered[index].delta = 1 } }
            star = NonparametricBayes.posterior(raw, prior: offered)
            if isLocationOnly { for index in star.indices { star[index].delta = 1 } }
        } else if isLocationOnly {
            for index in star.indices {
                if let prior {
                    let weight = method == .meanOnlySVA ? 1 : raw[index].weight
                    star[index].gamma = prior.location(gamma: raw[index].gamma, delta: 1, weight: weight)
                }
                star[index].delta = 1
            }
        } else if let prior, let scalePrior = prior.scalePrior {
            if method.hasSignedStop {
                guard let solution = prior.signedIteration(raw, prior: scalePrior) else {
                    throw .noConvergence(feature: name(0))
                }
                star = solution
            } else {
                for index in star.indices {
                    guard let solution = prior.fixedPoint(raw[index], prior: scalePrior) else {
                        throw .noConvergence(feature: name(index))
                    }
                    star[index] = solution
                }
            }
        }
        return (star, prior != nil && (isLocationOnly || prior?.scalePrior != nil))
    }
}

/// A harmonised table with what was estimated for it.
public struct HarmonisedTable: Sendable, Equatable {
    /// The table.
    public let table: CaseTable
    /// Location and scale of each batch, in the order of the batches' names. They stay at the site.
    public let estimates: [BatchEstimate]
}
