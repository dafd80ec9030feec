import Federation
import FoundationEssentials
import Learning
import LocalHarmonisation
import StudyProtocol
import Validation

/// The fold that a refit holds out, as it is frozen; who is in it follows from the protocol.
struct HeldFold: Codable, Sendable, Equatable {
    /// Number of the fold, from 1.
    let fold: Int
}

extension SiteComputer {
    /// The fold that is held out of the fit; nil outside of a refit in folds.
    func heldFold(_ artefacts: [String: Data]) throws -> Int? {
        try artefacts[ArtefactName.fold].map { try CanonicalForm.decode(HeldFold.self, from: $0).fold }
    }

    /// Fold of each row of the table, by the hash that the protocol locks.
    ///
    /// - Throws: `SiteDataError.foldTooSmall`: the difference of two fits tells the sums of a fold, so that each fold is held to
    ///   the floors of a site.
    mutating func folds() throws -> [Int] {
        guard let count = study.validation.folds, let key = study.validation.key else {
            throw PipelineError.unexpectedContent("a fold, which the protocol does not have")
        }
        let data = try extraction()
        let names = data.cases.map(\.name)
        var fold = [Int](repeating: 0, count: names.count)
        for (site, rows) in Dictionary(grouping: names.indices, by: { data.cases[$0].site }) {
            let own = KeyedOrder(key: key).folds(
                rows, site: site, names: names, outcome: data.table.outcome, count: count)
            for (row, value) in zip(rows, own) { fold[row] = value }
        }
        for held in 1...count {
            let outcome = fold.indices.filter { fold[$0] == held }.map { data.table.outcome[$0] }
            let events = outcome.count { $0 == 1 }
            let isOneClass = !study.outcome.oneClassSites && (events == 0 || events == outcome.count)
            if outcome.count < policy.floors.minimumCases || isOneClass {
                throw SiteDataError.foldTooSmall(folds: count, minimum: policy.floors.minimumCases)
            }
        }
        return fold
    }

    /// Each case predicted by the model that was fitted without its fold; features, harmonisation and model are those of that fit,
    /// and the batches' location and scale come from the cases of the fit.
    mutating func outOfFold(_ task: StudyTask, _ artefacts: [String: Data]) throws -> ScoredCases {
        let key = task.artefacts.filter { $0.key.contains("-") }
        if let predictedOutOfFold, predictedOutOfFold.key == key { return predictedOutOfFold.cases }
        let fold = try folds()
        let table = try extraction().table
        var scores = [Double](repeating: .nan, count: fold.count)
        for held in 1...(study.validation.folds ?? 1) {
            func frozen<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value? {
                try artefacts[ArtefactName.without(fold: held, name)].map {
                    try CanonicalForm.decode(type, from: $0)
                }
            }
            guard let names = try frozen([String].self, ArtefactName.features),
                let model = try frozen(LogisticModel.self, ArtefactName.model)
            else { throw PipelineError.unexpectedContent("no model without fold \(held)") }
            let candidates = try table.selecting(features: names)
            let rows = fold.indices.filter { fold[$0] == held }
            var own = candidates.selecting(rows: rows)
            if let harmonisation = try frozen(FrozenHarmonisation.self, ArtefactName.harmonisation) {
                let fitted = candidates.selecting(rows: fold.indices.filter { fold[$0] != held })
                own = try harmonised(own, harmonisation, fitting: fitted)
            }
            let columns = try own.appending(covariates: modelCovariates).selecting(features: model.columns)
            for (row, value) in zip(rows, try model.predict(columns)) { scores[row] = value }
        }
        let cases = ScoredCases(scores: scores, outcome: table.outcome)
        predictedOutOfFold = (key, cases)
        return cases
    }
}
