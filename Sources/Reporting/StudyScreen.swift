import Statistics
public import StudyCore

/// The one-screen summary of a study.
public struct StudyScreen: Sendable {
    let study: String
    let title: String
    let results: StudyResults

    /// Creates the screen of a study's results.
    public init(study: String, title: String, results: StudyResults) {
        self.study = study
        self.title = title
        self.results = results
    }

    /// `suppressed` and `n/e` (not estimable) are not numbers and are never shown as 0.
    static func cell(_ estimate: Estimate?, decimals: Int = 2) -> String {
        switch estimate {
        case .value(let value): NumberFormat.fixed(value.value, decimals)
        case .suppressed: "suppr."
        case .notEstimable: "n/e"
        case nil: "-"
        }
    }

    static func interval(_ estimate: Estimate?, decimals: Int = 3) -> String {
        guard case .value(let value) = estimate else { return cell(estimate) }
        guard let lower = value.lower, let upper = value.upper else {
            return NumberFormat.fixed(value.value, decimals)
        }
        return NumberFormat.fixed(value.value, decimals) + " ["
            + NumberFormat.fixed(lower, decimals) + ", " + NumberFormat.fixed(upper, decimals) + "]"
    }

    /// The screen as plain text.
    public var text: String {
        var text = "study \(study)\n\(title)\n\n"
        let scores = results.scores.isEmpty ? [nil] : results.scores.map(\.score).map(Optional.some)
        for score in scores {
            if let score, results.scores.count > 1 { text += "score \(score)\n" }
            text += siteTable(score: score).text + "\n"
            if let summary = results.scores.first(where: { $0.score == score }) { text += summaryLines(summary) + "\n" }
        }
        text += validationText + statisticsText
        if !results.pooledKappa.isEmpty {
            let kappas = results.pooledKappa.sorted { $0.key < $1.key }
            text += "pooled kappa  "
            text += kappas.map { "\($0.key) \(Self.interval($0.value))" }.joined(separator: "   ") + "\n"
        }
        let selection = results.selection
        if selection.extracted > 0 {
            text +=
                "features      \(selection.extracted) extracted, \(selection.complete) complete, "
                + "\(selection.stable) stable, \(selection.independent) not redundant, "
                + "\(selection.selected.count) in the model\n"
        }
        if let model = results.model {
            let steps = model.facts == nil ? ", \(model.iterations) Newton steps" : ""
            text += "model         sha256 \(model.sha256)\(steps)\n"
            // The file's own hash is the last fact.
            for fact in model.facts?.dropLast() ?? [] { text += "              \(fact)\n" }
        }
        if let comparison = results.comparison { text += "\n" + comparisonTable(comparison) + "\n" }
        if let correlations = results.correlations { text += "\n" + correlationTable(correlations) + "\n" }
        if let moments = results.moments {
            text += "\npooled over \(moments.count) cases\n" + momentsTable(moments).text
        }
        text += "rounds        \(results.rounds)\n"
        return text
    }

    private func siteTable(score: String?) -> TextTable {
        let regions = kappaRegions
        var columns = ["site", "role", "n/events"]
        let measure = results.scores.first { $0.score == score }?.measure
        if score != nil { columns += ["\(measure ?? "AUC") [95% CI]", "slope", "O:E"] }
        if !regions.isEmpty { columns.append("kappa " + regions.joined(separator: "/")) }
        if hasRatings { columns.append("kappa ratings") }
        columns.append("protocol drift")
        if score != nil, results.scores.contains(where: { !$0.verdicts.isEmpty }) { columns.append("gate") }
        let rows = results.sites.map { site in
            var row = [
                site.site, site.role,
                Self.cell(site.estimate("cases"), decimals: 0) + "/" + Self.cell(site.estimate("events"), decimals: 0),
            ]
            if let score {
                row += [
                    Self.interval(site.estimate(measure == nil ? "auc" : Catalogue.concordance, score)),
                    Self.cell(site.estimate("calibration_slope", score)),
                    Self.cell(site.estimate("observed_expected", score)),
                ]
            }
            if !regions.isEmpty {
                row.append(regions.map { Self.cell(site.estimate("kappa", $0)) }.joined(separator: "/"))
            }
            if hasRatings { row.append(Self.cell(site.estimate("kappa", "ratings"))) }
            row.append(drift(site))
            if let score, let verdicts = results.scores.first(where: { $0.score == score })?.verdicts,
                !verdicts.isEmpty
            {
                row.append(verdicts[site.site] ?? "-")
            }
            return row
        }
        return TextTable(columns: columns, rows: rows)
    }

    private var kappaRegions: [String] {
        var regions: [String] = []
        for site in results.sites {
            for release in site.releases
            where release.statistic == "kappa" && release.subject != "ratings" && !regions.contains(release.subject) {
                regions.append(release.subject)
            }
        }
        return regions
    }

    private var hasRatings: Bool {
        results.sites.contains { $0.estimate("kappa", "ratings") != nil }
    }

    private func drift(_ site: SiteResults) -> String {
        if site.deviations.isEmpty { return "ok" }
        return site.deviations.map { "\($0.field) \(NumberFormat.fixed($0.share * 100, 0))%" }
            .joined(separator: ", ")
    }

    private func summaryLines(_ score: ScoreResults) -> String {
        var lines = "summary       REML + Hartung-Knapp over \(summaryScope(score)): "
        lines += Self.interval(score.summaryAUC) + "  PI " + Self.bounds(score.predictionInterval)
        lines += "  tau2 " + Self.cell(score.tauSquared, decimals: 3) + "  I2 " + Self.cell(score.iSquared) + "\n"
        lines += (score.measure == nil ? "pooled AUC    " : "pooled C      ") + Self.interval(score.pooledAUC)
        lines += Self.certified(score.certified)
        if score.isNarrow == false {
            lines += " (not a tenth of the CI: the floor, ties or the protocol allow no narrower bins)"
        }
        return lines + "\n"
    }

    /// Names of the summarised sites; training sites are marked, since their AUC is apparent.
    private func summaryScope(_ score: ScoreResults) -> String {
        score.summarySites.map { name in
            let isTraining = results.sites.contains { $0.site == name && $0.role == "training" }
            return isTraining && score.score == "model" ? name + "*" : name
        }.joined(separator: ", ") + (score.summarySites.count > score.sites.count ? " (* trained the model)" : "")
    }

    static func bounds(_ estimate: Estimate) -> String {
        guard case .value(let value) = estimate, let lower = value.lower, let upper = value.upper else {
            return cell(estimate)
        }
        return "[" + NumberFormat.fixed(lower, 3) + ", " + NumberFormat.fixed(upper, 3) + "]"
    }

    private func momentsTable(_ moments: MomentsRecord) -> TextTable {
        TextTable(
            columns: ["column", "mean", "sd"],
            rows: moments.columns.indices.prefix(24).map {
                [
                    moments.columns[$0], NumberFormat.fixed(moments.means[$0], 4),
                    NumberFormat.fixed(moments.standardDeviations[$0], 4),
                ]
            } + (moments.columns.count > 24 ? [["... \(moments.columns.count - 24) more", "", ""]] : []))
    }
}
