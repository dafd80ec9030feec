import Federation

/// Class counts, loss and gradient of a network over the cases of a table, on the grid of `BlockSpecification.unitScale`.
struct NetworkSums {
    /// Blocks `class_cases`, `loss` and `gradient`.
    let blocks: [Block]

    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome`, `.missingValues`.
    init(_ shard: CaseTable, _ network: NeuralNetwork, classWeights: [Double]) throws {
        try shard.requireFiniteFeatures()
        let table = try network.standardisation.apply(to: shard)
        let (p, count) = (table.featureCount, network.parameters.count)
        var cases = ExactSum(
            .counts("class_cases", shape: [2], meaning: "non-events and events", discloses: "the site's prevalence"))
        var loss = ExactSum(
            .unitScale("loss", meaning: "sum of log-losses", discloses: "how well the network fits the site"))
        var gradient = ExactSum(
            .unitScale(
                "gradient", shape: [count], meaning: "sum of the derivatives of the losses by each weight and bias",
                discloses: "how the network would have to change for the site's cases"))
        var rows = ExactRows(width: count)
        var pass = NetworkPass(network)
        var terms = [Double](repeating: 0, count: count)
        for row in 0..<table.count {
            let group = try LearningError.group(of: table.outcome[row])
            let weight = classWeights[group]
            cases.add(1, at: group)
            let margin = table.features.withUnsafeBufferPointer {
                pass.forward(UnsafeBufferPointer(rebasing: $0[row * p..<(row + 1) * p]))
            }
            let own = LogisticFunction.terms(margin, isEvent: group == 1)
            loss.add(-weight * own.logLikelihood)
            terms.withUnsafeMutableBufferPointer { terms in
                pass.backward(-weight * own.residual, into: terms)
                if let base = terms.baseAddress { rows.add(base, to: &gradient, at: 0) }
            }
        }
        rows.flush(into: &gradient, at: 0)
        blocks = [try cases.block(), try loss.block(), try gradient.block()]
    }
}
