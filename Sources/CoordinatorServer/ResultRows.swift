import Disclosure
import Registry
import Statistics
import StudyCore
import StudyProtocol

extension RegistryTransaction {
    /// Writes a study's results as rows: cohorts, acquisition, deviations, models, validations and metrics.
    func storeResults(_ results: StudyResults, run: String, study: StudyProtocol, hash: String) {
        for site in results.sites {
            execute(
                "INSERT INTO cohort (run, site, cases, events, commitment) VALUES ($1, $2, $3, $4, $5)",
                [
                    .text(run), .text(site.site), Self.count(site.estimate("cases")),
                    Self.count(site.estimate("events")), .text(site.commitment),
                ])
            for release in site.releases where release.releaseClass == .acquisition {
                let isScanner = release.statistic == "scanner"
                execute(
                    isScanner
                        ? "INSERT INTO scanner (run, site, model, cases, status) VALUES ($1, $2, $3, $4, $5)"
                        : "INSERT INTO acquisition (run, site, bin, cases, status, keyword) VALUES ($1, $2, $3, $4, $5, $6)",
                    [
                        .text(run), .text(site.site), .text(release.subject), Self.count(release.estimate),
                        .text(release.estimate.status),
                    ] + (isScanner ? [] : [.text(release.statistic)]))
            }
            for deviation in site.deviations {
                execute(
                    "INSERT INTO deviation (run, site, field, expected, observed, share) VALUES ($1, $2, $3, $4, $5, $6)",
                    [
                        .text(run), .text(site.site), .text(deviation.field), .text(deviation.expected),
                        .text(deviation.observed), .double(deviation.share),
                    ])
            }
            for release in site.releases where release.releaseClass != .acquisition {
                metric(
                    run: run, subject: release.subject, scope: "site", site: site.site, name: release.statistic,
                    release.estimate)
            }
        }
        if let model = results.model {
            execute(
                "INSERT INTO model (sha256, run, kind, columns) VALUES ($1, $2, $3, $4)",
                [
                    .text(model.sha256), .text(run), .text(study.model?.kind.rawValue ?? ""),
                    .int(model.coefficients.count),
                ])
        }
        for (region, kappa) in results.pooledKappa.sorted(by: { $0.key < $1.key }) {
            metric(run: run, subject: region, scope: "pooled", site: "", name: "kappa", kappa)
        }
        for score in results.scores {
            execute(
                "INSERT INTO validation (run, score, model, protocol) VALUES ($1, $2, $3, $4)",
                [
                    .text(run), .text(score.score),
                    .optional(score.score == Catalogue.modelScore ? results.model?.sha256 : nil), .text(hash),
                ])
            let measure = score.measure == nil ? "auc" : Catalogue.concordance
            let summary = [
                (measure, score.summaryAUC), ("prediction_interval", score.predictionInterval),
                ("tau2", score.tauSquared), ("i2", score.iSquared),
            ]
            for (name, estimate) in summary {
                metric(run: run, subject: score.score, scope: "summary", site: "", name: name, estimate)
            }
            metric(
                run: run, subject: score.score, scope: "pooled", site: "", name: measure, score.pooledAUC,
                certified: score.certified)
        }
        storeStability(results.stability ?? [], run: run)
        for refit in results.refits ?? [] { storeRefit(refit, run: run) }
        if let drop = results.drop { storeDrop(drop, run: run) }
        for statistic in results.statistics ?? [] { storeStatistic(statistic, run: run) }
    }

    /// Agreement of each candidate feature, with the decision as the method.
    private func storeStability(_ features: [FeatureStabilityResult], run: String) {
        for feature in features {
            for (name, value, lower) in [("icc", feature.icc, feature.iccLower), ("ccc", feature.ccc, nil)] {
                guard let value else { continue }
                let estimate = Estimate.value(
                    EstimateValue(value: value, lower: lower, n: 0, method: feature.isKept ? "kept" : "dropped"))
                metric(run: run, subject: feature.feature, scope: "pooled", site: "", name: name, estimate)
            }
        }
    }

    /// The numbers of refitted models where they were not fitted; the subject is the kind of refit.
    private func storeRefit(_ refit: RefitResults, run: String) {
        for site in refit.sites {
            for release in site.releases {
                metric(
                    run: run, subject: refit.kind, scope: "site", site: site.site, name: release.name, release.estimate)
            }
        }
        for summary in refit.summaries {
            for (suffix, estimate) in [
                ("", summary.mean), ("_prediction_interval", summary.prediction), ("_tau2", summary.tauSquared),
                ("_i2", summary.iSquared),
            ] {
                metric(
                    run: run, subject: refit.kind, scope: "summary", site: "", name: summary.statistic + suffix,
                    estimate)
            }
        }
        for number in refit.calibration {
            metric(run: run, subject: refit.kind, scope: "pooled", site: "", name: number.name, number.estimate)
        }
        if let area = refit.pooledAUC {
            metric(
                run: run, subject: refit.kind, scope: "pooled", site: "", name: "auc", area, certified: refit.certified)
        }
    }

    /// The drop, its parts and the verdicts, whose value is the number of cases that would decide.
    private func storeDrop(_ drop: DropResults, run: String) {
        func row(_ name: String, _ estimate: Estimate, site: String = "", certified: [Double] = []) {
            metric(
                run: run, subject: Catalogue.dropScore, scope: site.isEmpty ? "pooled" : "site", site: site, name: name,
                estimate, certified: certified)
        }
        row("auc_internal", drop.inside)
        row("auc_external", drop.outside)
        for part in drop.parts {
            let name = "auc_drop" + (part.name == "total" ? "" : "_" + part.name.replacing(" ", with: "_"))
            row(name, part.estimate, certified: part.certified)
        }
        for site in drop.sites { row("auc_drop", site.estimate, site: site.name) }
        for number in drop.concordance { row("ccc_\(number.name)", number.estimate) }
        for verdict in drop.verdicts {
            let estimate: Estimate =
                verdict.casesToDecide.map {
                    .value(EstimateValue(value: Double($0), n: 0, method: verdict.verdict))
                } ?? .notEstimable(verdict.verdict)
            row("auc_drop_verdict", estimate, site: verdict.site)
        }
    }

    /// A statistic from sums; the subject is its kind and what it is of.
    private func storeStatistic(_ statistic: PooledStatistic, run: String) {
        for value in statistic.values {
            metric(
                run: run, subject: "\(statistic.kind) of \(statistic.subject)", scope: "pooled", site: "",
                name: value.name + (value.variant.isEmpty ? "" : ", \(value.variant)"), value.estimate,
                certified: value.certified)
        }
    }

    private static func count(_ estimate: Estimate?) -> PostgresValue {
        estimate?.number.map { .int(Int($0)) } ?? .null
    }

    private func metric(
        run: String, subject: String, scope: String, site: String, name: String, _ estimate: Estimate,
        certified: [Double] = []
    ) {
        var value: EstimateValue?
        if case .value(let number) = estimate { value = number }
        execute(
            """
            INSERT INTO metric (run, subject, scope, site, name, value, lower, upper, standard_error, n, events, method,
                status, reason, certified_lower, certified_upper)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """,
            [
                .text(run), .text(subject), .text(scope), .text(site), .text(name), .double(value?.value),
                .double(value?.lower), .double(value?.upper), .double(value?.standardError),
                value.map { .int($0.n) } ?? .null, value?.events.map { .int($0) } ?? .null,
                .text(value?.method ?? ""), .text(estimate.status), .text(estimate.reason),
                .double(certified.first), .double(certified.count == 2 ? certified[1] : nil),
            ])
    }
}
