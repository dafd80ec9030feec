import Statistics
import StudyCore

extension StudyScreen {
    /// The refitted models, the drop and the stability of the features.
    var validationText: String {
        var text = ""
        for refit in results.refits ?? [] { text += refitText(refit) + "\n" }
        if let drop = results.drop { text += dropText(drop) + "\n" }
        if let stability = results.stability {
            text += "stability     \(stability.count { $0.isKept }) of \(stability.count) features kept\n"
        }
        return text
    }

    private func refitText(_ refit: RefitResults) -> String {
        var text = "refitted: \(refit.kind)\n"
        text +=
            TextTable(
                columns: ["site", "AUC [95% CI]", "slope", "O:E"],
                rows: refit.sites.map { site in
                    [
                        site.site, Self.interval(site.estimate("auc")), Self.cell(site.estimate("calibration_slope")),
                        Self.cell(site.estimate("observed_expected")),
                    ]
                }
            ).text
        for model in refit.models where model.model == nil {
            text += "without \(model.without): no model (\(model.reason))\n"
        }
        for summary in refit.summaries {
            text += "summary       \(summary.statistic) " + Self.interval(summary.mean)
            text += "  PI " + Self.bounds(summary.prediction) + "\n"
        }
        if let area = refit.pooledAUC {
            text += "pooled AUC    " + Self.interval(area) + Self.certified(refit.certified) + "\n"
        }
        if !refit.calibration.isEmpty {
            text += "calibration   "
            text += refit.calibration.map { "\($0.name) \(Self.cell($0.estimate, decimals: 3))" }.joined(
                separator: "  ")
            text += "\n"
        }
        return text
    }

    private func dropText(_ drop: DropResults) -> String {
        var text = "drop of the AUC of \(drop.score): " + Self.interval(drop.inside) + " to "
        text += Self.interval(drop.outside) + "\n"
        for part in drop.parts {
            text +=
                "  " + part.name.padding(to: 12) + Self.interval(part.estimate) + Self.certified(part.certified) + "\n"
        }
        for site in drop.sites { text += "  to " + site.name.padding(to: 9) + Self.interval(site.estimate) + "\n" }
        for verdict in drop.verdicts {
            let cases = verdict.casesToDecide.map { ", \($0) cases decide" } ?? ""
            text += "  gate\(verdict.site.isEmpty ? "" : " \(verdict.site)"): \(verdict.verdict)\(cases)\n"
        }
        return text
    }

    /// Nothing where the number is exact.
    static func certified(_ bounds: [Double]) -> String {
        guard bounds.count == 2, bounds[0] < bounds[1] else { return "" }
        return "  certified [" + NumberFormat.fixed(bounds[0], 4) + ", " + NumberFormat.fixed(bounds[1], 4) + "]"
    }
}

extension String {
    /// The text with spaces after it up to a width.
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
