import Agreement
import Federation
import FoundationEssentials
import Harmonisation
import LocalHarmonisation
import StudyProtocol

/// The site's rows as the stages of a study see them.
extension SiteComputer {
    private func names(_ artefacts: [String: Data]) throws -> [String] {
        guard let bytes = artefacts[ArtefactName.features] else {
            throw PipelineError.unexpectedContent("no list of features")
        }
        return try CanonicalForm.decode([String].self, from: bytes)
    }

    /// The candidate features as extracted, with the covariates; without the cases of the fold that is held out.
    mutating func candidates(_ artefacts: [String: Data]) throws -> CaseTable {
        let table = try extraction().table.selecting(features: try names(artefacts))
        guard let held = try heldFold(artefacts) else { return table }
        let fold = try folds()
        return table.selecting(rows: fold.indices.filter { fold[$0] != held })
    }

    /// Names of the columns with missing values, where the study puts something in their place.
    func gaps(_ artefacts: [String: Data]) throws -> [String] {
        try artefacts[ArtefactName.gaps].map { try CanonicalForm.decode([String].self, from: $0) } ?? []
    }

    /// The candidate features, then the columns with missing values; a study with such columns has no fold that is held out.
    mutating func candidatesWithGaps(_ artefacts: [String: Data]) throws -> CaseTable {
        let gaps = try gaps(artefacts)
        let candidates = try candidates(artefacts)
        guard !gaps.isEmpty else { return candidates }
        return try extraction().table.selecting(features: candidates.featureNames + gaps)
    }

    mutating func pairedFeatures(_ artefacts: [String: Data]) throws -> PairedFeatures {
        let data = try extraction()
        return try paired(
            RepeatedFeatures(rows: data.pairedRows, first: data.firstReader, second: data.secondReader), artefacts)
    }

    mutating func protocolFeatures(_ artefacts: [String: Data]) throws -> PairedFeatures {
        try paired(try extraction().protocols ?? RepeatedFeatures(rows: [], first: [], second: []), artefacts)
    }

    /// Two readings of the candidate features, without the cases of the fold that is held out. A case whose second reading
    /// gives no value for a feature is left out of the agreement.
    private mutating func paired(_ readings: RepeatedFeatures, _ artefacts: [String: Data]) throws -> PairedFeatures {
        let all = try extraction().table.featureNames
        let positions = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0) })
        let columns = try names(artefacts).compactMap { positions[$0] }
        let held = try heldFold(artefacts)
        let fold = held == nil ? [] : try folds()
        var (first, second): ([Double], [Double]) = ([], [])
        for (place, row) in readings.rows.enumerated() where held == nil || fold[row] != held {
            let a = columns.map { readings.first[place * all.count + $0] }
            let b = columns.map { readings.second[place * all.count + $0] }
            guard (a + b).allSatisfy(\.isFinite) else { continue }
            first += a
            second += b
        }
        return PairedFeatures(first: first, second: second, width: columns.count)
    }

    /// Harmonised candidate features, then the covariates of the model as further columns.
    mutating func columns(_ task: StudyTask, _ artefacts: [String: Data]) throws -> CaseTable {
        let all = try columnsWithGaps(task, artefacts)
        let gaps = try gaps(artefacts)
        return gaps.isEmpty ? all : try all.selecting(features: all.featureNames.filter { !gaps.contains($0) })
    }

    /// The same, and between them the columns with missing values, harmonised like the others.
    mutating func columnsWithGaps(_ task: StudyTask, _ artefacts: [String: Data]) throws -> CaseTable {
        let key = task.artefacts.filter {
            [ArtefactName.features, ArtefactName.gaps, ArtefactName.harmonisation, ArtefactName.fold].contains($0.key)
        }
        if let prepared, prepared.key == key { return prepared.table }
        var table = try candidatesWithGaps(artefacts)
        if let bytes = artefacts[ArtefactName.harmonisation] {
            table = try harmonised(table, try CanonicalForm.decode(FrozenHarmonisation.self, from: bytes))
        }
        table = try table.appending(covariates: modelCovariates)
        prepared = (key, table)
        return table
    }

    /// Names of the coded covariates that enter the model.
    var modelCovariates: [String] { study.modelCovariateColumns }
}

extension CaseTable {
    /// The table with the features of another one of the same rows after its own.
    func appending(features other: CaseTable) -> CaseTable {
        let (p, q) = (featureCount, other.featureCount)
        var values: [Double] = []
        values.reserveCapacity(count * (p + q))
        for row in 0..<count {
            values += features[row * p..<(row + 1) * p]
            values += other.features[row * q..<(row + 1) * q]
        }
        return CaseTable(
            featureNames: featureNames + other.featureNames, features: values, covariateNames: covariateNames,
            covariates: covariates, outcome: outcome, batch: batch)
    }

    /// The table with some of its covariates as further feature columns.
    ///
    /// - Throws: `CaseTableError.unknownFeature` for a name that is no covariate.
    func appending(covariates names: [String]) throws -> CaseTable {
        try appending(features: covariatesAsFeatures().selecting(features: names))
    }
}
