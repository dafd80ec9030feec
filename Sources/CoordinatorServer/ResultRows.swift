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
            let summary = [
                ("auc", score.summaryAUC), ("prediction_interval", score.predictionInterval),
                ("tau2", score.tauSquared), ("i2", score.iSquared),
            ]
            for (name, estimate) in summary {
                metric(run: run, subject: score.score, scope: "summary", site: "", name: name, estimate)
            }
            metric(
                run: run, subject: score.score, scope: "pooled", site: "", name: "auc", score.pooledAUC,
                certified: score.certified)
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
