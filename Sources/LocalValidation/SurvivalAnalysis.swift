import Federation
import Statistics
import Survival
public import Tables
import Validation

/// Scores and follow-up of cases, with what is computed from them.
public struct SurvivalAnalysis: Sendable {
    let scores: [(name: String, values: [Double])]
    let followUp: SurvivalTimes
    private let sites: [(name: String, rows: [Int])]

    /// Reads scores and follow-up.
    ///
    /// - Parameters:
    ///   - table: one row a case.
    ///   - scores: columns of the scores; higher is earlier.
    ///   - time: column of the time to the event or to the end of observation.
    ///   - event: column of 1 for an event at that time and 0 for none.
    ///   - site: column of the site, or nil.
    /// - Throws: `TableError` or `LocalValidationError` naming file, row and column.
    public init(_ table: CSVTable, scores: [String], time: String, event: String, site: String?) throws {
        guard !scores.isEmpty else { throw LocalValidationError.options("--score: name a column of scores") }
        guard table.rowCount > 0 else { throw LocalValidationError.noRows(file: table.file) }
        self.scores = try scores.map { ($0, try table.complete($0)) }
        let times = try table.times(time)
        _ = try table.complete(time)
        followUp = SurvivalTimes(times: times, events: try table.binary(event).map { $0 == 1 })
        sites = try table.rowsBySite(site)
    }

    /// All statistics: of all cases, of each site, and over the sites.
    ///
    /// - Parameter horizon: time of the survival, of the AUC, and of the last event that counts in a limited C-index; nil for
    ///   none.
    public func results(horizon: Double?) -> [StatisticRecord] {
        var records: [StatisticRecord] = []
        let groups = [("", Array(followUp.times.indices))] + sites
        if let horizon {
            for (site, rows) in groups {
                let found = KaplanMeier(followUp.selecting(rows)).survival(at: horizon)
                records.append(StatisticRecord(.survival, variant: "Kaplan-Meier", site: site, found))
            }
        }
        for (name, values) in scores {
            let label = scores.count > 1 ? name : ""
            for (site, rows) in groups {
                records += statistics(values, label: label, site: site, rows: rows, horizon: horizon)
            }
            records += overSites(values, label)
        }
        return records
    }

    private func statistics(
        _ values: [Double], label: String, site: String, rows: [Int], horizon: Double?
    ) -> [StatisticRecord] {
        let data = followUp.selecting(rows)
        let own = rows.map { values[$0] }
        func record(_ name: StatisticName, _ variant: String, _ estimate: Estimate) -> StatisticRecord {
            StatisticRecord(name, variant: PredictionAnalysis.joined(label, variant), site: site, estimate)
        }
        var records = Concordance.Weight.allCases.map { weight in
            record(.cIndex, weight.rawValue, Concordance(data, scores: own, weight: weight).estimate)
        }
        if let horizon {
            records += Concordance.Weight.allCases.map { weight in
                let limited = Concordance(data, scores: own, weight: weight, limit: horizon)
                return record(.cIndex, "\(weight.rawValue), to the horizon", limited.estimate)
            }
            records.append(
                record(.timeAUC, "", TimeDependentAUC.estimate(data, scores: own, horizon: horizon)))
        }
        let table = SurvivalTable(
            followUp: data, names: ["score"], values: own, stratum: [String](repeating: "", count: rows.count))
        records.append(record(.logHazardRatio, "", Self.hazard([table])))
        return records
    }

    /// Pairs and risk sets within sites, and the summary of the sites' C-indices.
    private func overSites(_ values: [Double], _ label: String) -> [StatisticRecord] {
        guard !sites.isEmpty else { return [] }
        let parts = sites.map { site in
            Concordance(followUp.selecting(site.rows), scores: site.rows.map { values[$0] })
        }
        let tables = sites.map { site in
            SurvivalTable(
                followUp: followUp.selecting(site.rows), names: ["score"], values: site.rows.map { values[$0] },
                stratum: [String](repeating: site.name, count: site.rows.count))
        }
        return [
            StatisticRecord(
                .cIndex, variant: PredictionAnalysis.joined(label, "Harrell, within sites"),
                Concordance.stratified(parts).estimate),
            StatisticRecord(
                .logHazardRatio, variant: PredictionAnalysis.joined(label, "stratified by site"), Self.hazard(tables)),
        ]
            + StatisticRecord.summary(
                .cIndex, variant: PredictionAnalysis.joined(label, StatisticName.cIndex.rawValue),
                sites: sites.map(\.name), parts.map(\.estimate), scale: .logit)
    }

    private static func hazard(_ tables: [SurvivalTable]) -> Estimate {
        let exponent = tables.flatMap(\.exponents).max() ?? 0
        do {
            let model = try CoxFit(names: ["score"], exponents: [exponent]).run(on: tables, roundLimit: 100).result
            return .value(
                .normal(
                    model.coefficients[0], standardError: model.standardErrors[0], n: model.cases, events: model.events,
                    method: "Cox, Efron" + (tables.count > 1 ? ", stratified by site" : "")))
        } catch {
            return .notEstimable("\(error)")
        }
    }
}
