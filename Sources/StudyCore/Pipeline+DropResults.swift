import Statistics
import StudyProtocol
import Validation

extension Pipeline {
    /// The drop and its parts, one after the other, from the AUCs on the way from the training cases to the external ones.
    func dropResults(_ drop: DropProgress, _ results: StudyResults) -> DropResults {
        let none = DropArea(exact: .notEstimable("not released"))
        let (inside, outside) = (drop.areas[.training] ?? none, drop.areas[.external] ?? none)
        let total = Self.total(inside.estimate, outside.estimate)
        var parts = [
            DropPart(name: "total", estimate: total, certified: Self.bounds(from: inside, to: outside))
        ]
        var last = inside
        func add(_ name: String, _ after: DropArea, _ method: String) {
            let estimate: Estimate
            if let first = last.estimate.number, let second = after.estimate.number {
                let n = drop.counts.isEmpty ? 0 : drop.counts[0] + drop.counts[2]
                estimate = .value(EstimateValue(value: first - second, n: n, method: method))
            } else {
                let reasons = [after.estimate.reason, last.estimate.reason].filter { !$0.isEmpty }
                estimate = .notEstimable(reasons.first ?? "there is no AUC")
            }
            parts.append(DropPart(name: name, estimate: estimate, certified: Self.bounds(from: last, to: after)))
            if after.estimate.number != nil { last = after }
        }
        if let weighted = drop.weighted {
            let effective = drop.effectiveCases.map { Int($0.rounded()) } ?? 0
            add("case mix", weighted, "entropy balancing, \(effective) effective of \(drop.counts[0]) cases")
        }
        for name in ["protocol", "contour"] {
            guard let found = drop.remeasured[name] else { continue }
            add(
                name, Self.attenuated(last, found),
                "attenuation by a correlation within classes of \(found.correlation.map { ($0 * 1e4).rounded() / 1e4 } ?? 0)"
            )
        }
        add("remainder", outside, "what the parts before leave")
        return DropResults(
            score: study.validation.drop?.score ?? "", inside: inside.estimate, outside: outside.estimate, parts: parts,
            sites: siteDrops(from: inside, results), concordance: concordance(drop),
            verdicts: verdicts(total, from: inside, results))
    }

    private static func total(_ inside: Estimate, _ outside: Estimate) -> Estimate {
        guard case .value(let first) = inside, case .value(let second) = outside else {
            return .notEstimable([inside.reason, outside.reason].first { !$0.isEmpty } ?? "there is no AUC")
        }
        guard let a = first.standardError, let b = second.standardError, a * a + b * b > 0 else {
            return .notEstimable("the difference of the AUCs has no variance")
        }
        return .value(
            .normal(
                first.value - second.value, standardError: (a * a + b * b).squareRoot(), n: first.n + second.n,
                events: (first.events ?? 0) + (second.events ?? 0), method: "unpaired DeLong"))
    }

    /// What the difference of two AUCs is certain to lie in.
    private static func bounds(from first: DropArea, to second: DropArea) -> [Double] {
        guard let a = first.lower, let b = first.upper, let c = second.lower, let d = second.upper else { return [] }
        return [a - d, b - c]
    }

    /// What measurement error leaves of an AUC and of its bounds.
    private static func attenuated(_ area: DropArea, _ found: RemeasuredCorrelation.Result) -> DropArea {
        guard let r = found.correlation else {
            return DropArea(
                exact: .notEstimable("fewer than ten cases measured both ways, or a score that does not vary"))
        }
        guard case .value(let value) = area.estimate, let left = AttenuatedAUC.value(value.value, correlation: r) else {
            return DropArea(exact: .notEstimable("an AUC of 0 or 1 has no attenuation"))
        }
        let ends = [area.lower, area.upper].map { $0.flatMap { AttenuatedAUC.value($0, correlation: r) } }
        let bounds = ends.compactMap(\.self).sorted()
        return DropArea(
            .value(EstimateValue(value: left, n: value.n, events: value.events, method: value.method)),
            bounds.count == 2 ? CertifiedInterval(lower: bounds[0], upper: bounds[1]) : nil)
    }

    private func siteDrops(from inside: DropArea, _ results: StudyResults) -> [NamedEstimate] {
        results.sites.filter { $0.role == "external" }.map { site in
            let own = site.estimate("auc", Catalogue.dropScore) ?? .notEstimable("not released")
            return NamedEstimate(name: site.site, estimate: Self.total(inside.estimate, own))
        }
    }

    private func concordance(_ drop: DropProgress) -> [NamedEstimate] {
        drop.remeasured.sorted { $0.key < $1.key }.map { name, found in
            NamedEstimate(
                name: name,
                estimate: found.concordance.map {
                    .value(EstimateValue(value: $0, n: found.cases, method: "Lin"))
                } ?? .notEstimable("fewer than ten cases measured both ways, or a score that does not vary"))
        }
    }

    private func verdicts(_ total: Estimate, from inside: DropArea, _ results: StudyResults) -> [DropVerdict] {
        guard let gate = study.validation.drop?.gate else { return [] }
        let drops = [NamedEstimate(name: "", estimate: total)] + siteDrops(from: inside, results)
        return drops.map {
            DropVerdict(
                site: $0.name, verdict: Verdict(drop: $0.estimate, atMost: gate).rawValue,
                casesToDecide: Verdict.casesToDecide(drop: $0.estimate, atMost: gate))
        }
    }
}
