import Statistics
import StudyProtocol

extension FeatureStability {
    /// The filter on all cases and, with folds, without each fold in turn: what a selection inside of a cross-validation sees.
    ///
    /// - Parameters:
    ///   - folds: number of folds of the cases, by the keyed hash of their names within their sites; nil for none.
    ///   - key: of that hash.
    /// - Throws: `LocalValidationError` for a number of folds that the cases do not allow.
    public func results(folds: Int? = nil, key: String = "concord") throws -> [StatisticRecord] {
        let all = assess { _, _ in true }
        var records = records(of: all, variant: "")
        guard let folds else { return records }
        let fold = try membership(folds, KeyedOrder(key: key))
        let held = (1...folds).map { held in assess { fold[[$0, $1]] != held } }
        for (index, assessments) in held.enumerated() {
            records += self.records(of: assessments, variant: "without fold \(index + 1)")
        }
        return records + Self.shares(held, of: "fold")
    }

    /// Fold of each case with a reading, by site and name.
    private func membership(_ count: Int, _ order: KeyedOrder) throws -> [[String]: Int] {
        let all = Set(((readers?.cases ?? []) + (protocols?.cases ?? [])).map { [$0.site, $0.name] })
        guard count >= 2, count <= all.count else {
            throw LocalValidationError.options("--folds: \(count) is not from 2 to the number of cases, \(all.count)")
        }
        var folds: [[String]: Int] = [:]
        for (site, own) in Dictionary(grouping: all.sorted { $0.lexicographicallyPrecedes($1) }, by: { $0[0] }) {
            let names = own.map { $0[1] }
            let found = order.folds(
                Array(names.indices), site: site, names: names, outcome: [Double](repeating: 0, count: names.count),
                count: count)
            for (key, value) in zip(own, found) { folds[key] = value }
        }
        return folds
    }

    /// ICC and CCC of each feature over the cases of one fit, with the decision.
    func records(of assessments: [Assessment], variant: String, site: String = "") -> [StatisticRecord] {
        assessments.flatMap { assessment in
            [(StatisticName.icc, assessment.icc), (.ccc, assessment.ccc)].compactMap { name, estimate in
                guard var estimate else { return nil }
                if case .value(let value) = estimate {
                    estimate = .value(
                        EstimateValue(
                            value: value.value, standardError: value.standardError, lower: value.lower,
                            upper: value.upper, n: value.n,
                            method: "\(assessment.isKept ? "kept" : "dropped"); \(value.method)"))
                }
                return StatisticRecord(
                    name, variant: PredictionAnalysis.joined(assessment.feature, variant), site: site, estimate)
            }
        }
    }

    /// Share of the fits for which each feature is kept.
    static func shares(_ fits: [[Assessment]], of what: String) -> [StatisticRecord] {
        guard let first = fits.first else { return [] }
        return first.indices.map { place in
            let kept = fits.indices.filter { fits[$0][place].isKept }
            let list = kept.isEmpty ? "in none" : "without \(what) " + kept.map { "\($0 + 1)" }.joined(separator: ", ")
            return StatisticRecord(
                .keptShare, variant: first[place].feature,
                .value(
                    EstimateValue(
                        value: Double(kept.count) / Double(fits.count), n: fits.count, method: "kept \(list)")))
        }
    }
}
