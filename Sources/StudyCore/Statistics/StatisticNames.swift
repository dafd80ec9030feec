import Agreement
import Statistics
import StudyProtocol
import Survival
import Validation

// What each computation finds, under the names of `concord validate` and `concord agreement`.

extension CertifiedInterval {
    fileprivate var bounds: [Double] { [lower, upper] }
}

extension PooledCalibrationCurve.Result {
    var statisticValues: [StatisticValue] {
        [StatisticValue("ICI", "", ici)]
            + [("E50", e50), ("E90", e90), ("Emax", largest)].map { name, distance in
                StatisticValue(name, "", distance.estimate, certified: distance.certified?.bounds ?? [])
            }
    }
}

extension NetBenefit {
    var statisticValues: [StatisticValue] {
        [
            StatisticValue("net-benefit", "threshold \(threshold)", model),
            StatisticValue("net-benefit", "threshold \(threshold), treat all", treatAll),
            StatisticValue("standardised-net-benefit", "threshold \(threshold)", standardised),
        ]
    }
}

extension Reclassification {
    func statisticValues(_ rule: String) -> [StatisticValue] {
        [
            StatisticValue("NRI", rule, nri), StatisticValue("NRI", "\(rule), events", nriOfEvents),
            StatisticValue("NRI", "\(rule), non-events", nriOfNonEvents), StatisticValue("IDI", "", idi),
        ]
    }
}

extension PairedPooledAUC.Result {
    var statisticValues: [StatisticValue] {
        func area(_ binned: BinnedAUC?, _ variant: String) -> StatisticValue {
            guard let binned else {
                return StatisticValue("AUC", variant, .notEstimable("needs two events and two non-events"))
            }
            return StatisticValue("AUC", variant, .value(binned.estimate), certified: binned.certified.bounds)
        }
        return [
            area(first, "first score"), area(second, "second score"),
            StatisticValue("AUC-difference", "paired DeLong", difference, certified: certified?.bounds ?? []),
        ]
    }
}

extension PooledLifeTable.Result {
    var statisticValues: [StatisticValue] {
        survival.steps.indices.map { index in
            let step = survival.steps[index]
            let bounds = survivalBounds[index]
            return StatisticValue(
                "survival", "Kaplan-Meier, at \(step.time)", survival.survival(at: step.time),
                certified: bounds.lowerBound < bounds.upperBound ? [bounds.lowerBound, bounds.upperBound] : [])
        }
    }
}

private func suffix(_ weights: WeightedAgreement.Weights) -> String { weights == .none ? "" : ", \(weights.rawValue)" }

extension PooledPairAgreement.Result {
    func statisticValues(_ weights: WeightedAgreement.Weights) -> [StatisticValue] {
        let ending = suffix(weights)
        return [
            StatisticValue("kappa", "Cohen\(ending)", cohen), StatisticValue("kappa", "Fleiss\(ending)", scott),
            StatisticValue("kappa", "Brennan-Prediger\(ending)", brennanPrediger),
            StatisticValue("AC", weights == .none ? "AC1" : "AC2\(ending)", gwet),
            StatisticValue("alpha", "irrCAC\(ending)", krippendorff),
        ]
    }
}

extension PooledRatingAgreement.Result {
    func statisticValues(
        _ statistic: StudyProtocol.Statistic, _ weights: WeightedAgreement.Weights
    ) -> [StatisticValue] {
        let ending = suffix(weights)
        let names = statistic.columns
        var values: [StatisticValue] = []
        var pairs = cohen.makeIterator()
        for first in names.indices {
            for second in names.indices where second > first {
                guard let kappa = pairs.next() else { break }
                let pair = names.count == 2 ? "" : " \(names[first]) / \(names[second])"
                values.append(StatisticValue("kappa", "Cohen\(ending)\(pair)", kappa))
            }
        }
        if names.count > 2 { values.append(StatisticValue("kappa", "Light\(ending)", light)) }
        values += [
            StatisticValue("kappa", "Fleiss\(ending)", fleiss), StatisticValue("kappa", "Conger\(ending)", conger),
            StatisticValue("kappa", "Brennan-Prediger\(ending)", brennanPrediger),
            StatisticValue("AC", weights == .none ? "AC1" : "AC2\(ending)", gwet),
            StatisticValue("alpha", "irrCAC\(ending)", krippendorff),
            StatisticValue("alpha", statistic.level?.rawValue ?? "nominal", alpha),
        ]
        guard weights == .none, byCategory.count > 2 else { return values }
        return values
            + zip(statistic.categories ?? [], byCategory).map { StatisticValue("kappa", "Fleiss, category \($0)", $1) }
    }
}

extension PooledMeasurementAgreement.Result {
    func statisticValues(_ names: [String]) -> [StatisticValue] {
        correlations.map {
            StatisticValue("ICC", "ICC(\($0.model.symbol),\($0.unit == .single ? "1" : "k"))", $0.estimate)
        }
            + pairs.flatMap { pair -> [StatisticValue] in
                let variant = "\(names[pair.first]) / \(names[pair.second])"
                return [
                    StatisticValue("CCC", variant, pair.concordance), StatisticValue("bias", variant, pair.bias),
                    StatisticValue("lower-limit", variant, pair.lowerLimit),
                    StatisticValue("upper-limit", variant, pair.upperLimit),
                ]
            } + [StatisticValue("alpha", "interval", alpha)]
    }
}
