import Statistics
import Validation

extension PredictionAnalysis {
    /// The statistics of one score on the cases of one site, or on all.
    struct Cases {
        let scores: [Double]
        let outcome: [Double]
        /// Name of the score in the variants; empty with one score.
        let label: String
        let site: String
        let discrimination: Discrimination
        /// Whether every score is from 0 to 1.
        let areProbabilities: Bool
        private let report: Result<CalibrationReport, any Error>

        init(scores: [Double], outcome: [Double], label: String, site: String) {
            (self.scores, self.outcome, self.label, self.site) = (scores, outcome, label, site)
            discrimination = Discrimination(scores: scores, outcome: outcome)
            areProbabilities = scores.allSatisfy { (0...1).contains($0) }
            // Scores that are no probabilities are refused before any work.
            report = Result { try Calibration.report(probabilities: scores, outcome: outcome) }
        }

        /// A member of the calibration report, or why there is none.
        func calibration(_ path: KeyPath<CalibrationReport, Estimate>) -> Estimate {
            switch report {
            case .success(let report): report[keyPath: path]
            case .failure(let error): .notEstimable("\(error)")
            }
        }

        private func record(_ name: StatisticName, _ estimate: Estimate) -> StatisticRecord {
            record(name, "", estimate)
        }

        private func record(
            _ name: StatisticName, _ variant: String, _ estimate: Estimate, note: String = ""
        ) -> StatisticRecord {
            StatisticRecord(
                name, variant: PredictionAnalysis.joined(label, variant), site: site, estimate, note: note)
        }

        func statistics(threshold: Double?, decisionThresholds: [Double]) -> [StatisticRecord] {
            var records = areas
            if let threshold { records += classification(threshold) }
            guard areProbabilities else { return records }
            records += calibration
            for point in decisionThresholds where point > 0 && point < 1 { records += benefit(at: point) }
            return records
        }

        private var areas: [StatisticRecord] {
            var records = [
                record(.auc, "DeLong", discrimination.area, note: discrimination.noInterval),
                record(.auc, "logit-DeLong", discrimination.areaOnLogit),
            ]
            guard let curve = discrimination.curve else { return records }
            func value(_ value: Double, _ method: String) -> Estimate {
                .value(
                    EstimateValue(
                        value: value, n: outcome.count, events: Int(outcome.reduce(0, +)), method: method))
            }
            let part = curve.partialArea(specificity: 0.9)
            let best = curve.youden
            records.append(record(.partialAUC, "specificity 0.9 to 1", value(part.area, "trapezoids")))
            records.append(
                record(.partialAUC, "specificity 0.9 to 1, corrected", value(part.corrected, "McClish")))
            records.append(
                record(
                    .youden, "best threshold",
                    value(best.sensitivity + best.specificity - 1, "largest over thresholds, optimistic")))
            if best.threshold.isFinite {
                records.append(record(.youdenThreshold, value(best.threshold, "half way between scores")))
            }
            return records
        }

        private func classification(_ threshold: Double) -> [StatisticRecord] {
            let table = Proportion.atThreshold(scores: scores, outcome: outcome, threshold: threshold)
            return [
                record(.sensitivity, table.sensitivity), record(.specificity, table.specificity),
                record(.ppv, table.positivePredictiveValue), record(.npv, table.negativePredictiveValue),
                record(.youden, Self.youden(table)),
            ]
        }

        private static func youden(_ table: ThresholdTable) -> Estimate {
            guard case .value(let a) = table.sensitivity, case .value(let b) = table.specificity else {
                return .notEstimable("one class only")
            }
            let variance =
                a.value * (1 - a.value) / Double(max(1, a.n)) + b.value * (1 - b.value) / Double(max(1, b.n))
            return .value(
                .normal(
                    a.value + b.value - 1, standardError: variance.squareRoot(), n: a.n + b.n, events: a.n,
                    method: "difference of proportions, normal interval"))
        }

        private var calibration: [StatisticRecord] {
            var records = [
                record(.observedExpected, calibration(\.observedOverExpected)),
                record(.calibrationIntercept, calibration(\.intercept)),
                record(.calibrationSlope, calibration(\.slope)), record(.brier, calibration(\.brier)),
                record(.scaledBrier, calibration(\.scaledBrier)),
            ]
            let names: [(StatisticName, KeyPath<CalibrationCurve, Double>)] = [
                (.ici, \.ici), (.e50, \.e50), (.e90, \.e90), (.largestError, \.largest),
            ]
            do {
                let curve = try CalibrationCurve(probabilities: scores, outcome: outcome)
                let events = Int(outcome.reduce(0, +))
                for (name, path) in names {
                    let value = EstimateValue(
                        value: curve[keyPath: path], n: outcome.count, events: events,
                        method: "restricted cubic spline of logit(p), four knots")
                    records.append(record(name, .value(value)))
                }
            } catch {
                for (name, _) in names { records.append(record(name, .notEstimable("\(error)"))) }
            }
            return records
        }

        private func benefit(at threshold: Double) -> [StatisticRecord] {
            let found = NetBenefit(
                Proportion.atThreshold(scores: scores, outcome: outcome, threshold: threshold), threshold: threshold)
            return [
                record(.netBenefit, "threshold \(threshold)", found.model),
                record(.netBenefit, "threshold \(threshold), treat all", found.treatAll),
                record(.standardisedNetBenefit, "threshold \(threshold)", found.standardised),
            ]
        }
    }
}
