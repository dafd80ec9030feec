import Statistics
import StudyProtocol
import Validation

extension DropAttribution {
    /// The parts of the drop to some external cases, with percentile intervals of the bootstrap.
    func parts(to site: String, _ rows: [Int], resamples: Int, order: KeyedOrder) -> [StatisticRecord] {
        let own = inside.flatMap(\.rows)
        func missing(_ reason: String) -> [StatisticRecord] {
            DropParts.Step.allCases.map {
                StatisticRecord(.aucDrop, variant: $0.rawValue, site: site, .notEstimable(reason))
            }
        }
        let found: DropParts
        do {
            guard
                let parts = try cases.parts(
                    inside: own, outside: rows, protocols: cases.protocols?.all ?? [],
                    contours: cases.contours?.all ?? [])
            else {
                return missing("one class only, an AUC of 0 or 1, or scores measured twice that do not vary")
            }
            found = parts
        } catch { return missing("\(error)") }
        let samples = (1...resamples).compactMap { resample in
            try? self.resample(resample, rows, order)
        }.compactMap(\.self)
        let summary = Summary(samples: samples, resamples: resamples, cases: own.count + rows.count)
        var records: [StatisticRecord] = []
        if let area = found.after[.caseMix], let effective = found.effectiveCases {
            records.append(
                StatisticRecord(
                    .auc, variant: "internal, weighted to the external case mix", site: site,
                    summary.estimate(
                        area, note: "entropy balancing, \(Int(effective.rounded())) effective of \(own.count) cases"
                    ) { $0.after[.caseMix] }))
        }
        return records
            + DropParts.Step.allCases.map { step in
                guard let drop = found.drops[step] else {
                    return StatisticRecord(
                        .aucDrop, variant: step.rawValue, site: site, .notEstimable(Self.remedy(step)))
                }
                return StatisticRecord(
                    .aucDrop, variant: step.rawValue, site: site,
                    summary.estimate(drop, note: note(step)) { $0.drops[step] })
            }
    }

    private static func remedy(_ step: DropParts.Step) -> String {
        switch step {
        case .caseMix: "not looked at: give --covariates"
        case .protocols: "not looked at: give --protocol-scores"
        case .contour: "not looked at: give --contour-scores"
        case .remainder: "there is no AUC"
        }
    }

    private func note(_ step: DropParts.Step) -> String {
        func attenuation(_ pairs: RemeasuredScores?) -> String {
            let r = pairs.flatMap { $0.correlation($0.all) } ?? .nan
            let scope = pairs?.outcome == nil ? "" : " within classes"
            return "attenuation by a correlation\(scope) of \((r * 1e4).rounded() / 1e4)"
        }
        switch step {
        case .caseMix: return "internal less weighted internal AUC, entropy balancing"
        case .protocols: return attenuation(cases.protocols)
        case .contour: return attenuation(cases.contours)
        case .remainder: return "what the parts before leave"
        }
    }

    /// The parts of one bootstrap sample.
    private func resample(_ number: Int, _ rows: [Int], _ order: KeyedOrder) throws -> DropParts? {
        var generator = SeededGenerator(seed: order.seed("drop", "\(number)"))
        func draw(_ rows: [Int]) -> [Int] {
            rows.map { _ in rows[Int(generator.uniform() * Double(rows.count))] }
        }
        func drawByClass(_ rows: [Int], _ outcome: [Double]?) -> [Int] {
            guard let outcome else { return draw(rows) }
            return draw(rows.filter { outcome[$0] == 1 }) + draw(rows.filter { outcome[$0] != 1 })
        }
        let chosen = Set(rows)
        let external = outside.filter { $0.rows.contains(where: chosen.contains) }
        return try cases.parts(
            inside: inside.flatMap { drawByClass($0.rows, cases.outcome) },
            outside: external.flatMap { drawByClass($0.rows, cases.outcome) },
            protocols: cases.protocols.map { drawByClass($0.all, $0.outcome) } ?? [],
            contours: cases.contours.map { drawByClass($0.all, $0.outcome) } ?? [])
    }

    /// Bootstrap samples and what they say of a number.
    private struct Summary {
        let samples: [DropParts]
        let resamples: Int
        let cases: Int

        func estimate(_ value: Double, note: String, _ number: (DropParts) -> Double?) -> Estimate {
            let found = samples.compactMap(number).sorted()
            let method = "\(note), percentiles of \(found.count) of \(resamples) resamples"
            // Where many samples have no answer the rest does not tell the spread.
            guard found.count >= 20, 10 * found.count >= 9 * resamples else {
                return .value(
                    EstimateValue(value: value, n: cases, method: method + ", too few for an interval"))
            }
            let mean = found.reduce(0, +) / Double(found.count)
            let variance = found.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(found.count - 1)
            return .value(
                EstimateValue(
                    value: value, standardError: variance.squareRoot(), lower: Quantile.linear(found, 0.025),
                    upper: Quantile.linear(found, 0.975), n: cases, method: method))
        }
    }
}
