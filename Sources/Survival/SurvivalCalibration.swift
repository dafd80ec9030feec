import Federation
public import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How a survival model's predictions agree with follow-up that it has not seen.
public enum SurvivalCalibration {
    /// Calibration slope: coefficient of a Cox model (Efron's ties) of the follow-up on the linear predictor; below 1 predictions are
    /// too extreme (van Houwelingen, Stat Med 2000;19:3401). Wald interval.
    ///
    /// - Parameter linearPredictors: log relative hazard of each case.
    public static func slope(_ data: SurvivalTimes, linearPredictors: [Double]) -> Estimate {
        precondition(linearPredictors.count == data.count, "a linear predictor for each case")
        let table = SurvivalTable(
            followUp: data, names: ["lp"], values: linearPredictors, stratum: data.times.map { _ in "" })
        do {
            let model = try CoxFit(names: table.names, exponents: table.exponents).run(on: [table]).result
            return .value(
                .normal(
                    model.coefficients[0], standardError: model.standardErrors[0], n: model.cases,
                    events: model.events, method: "Cox model of the linear predictor, Wald"))
        } catch {
            return .notEstimable("\(error)")
        }
    }

    /// Observed over expected risk up to a time: 1 less the Kaplan-Meier survival, over the mean predicted risk. The interval is that of
    /// the logarithm, with Greenwood's standard error of the observed risk (McLernon et al., Ann Intern Med 2023;176:105).
    ///
    /// - Parameters:
    ///   - risks: predicted probability of an event up to `time`, of each case.
    ///   - time: in the unit of the times.
    public static func observedOverExpected(_ data: SurvivalTimes, risks: [Double], at time: Double) -> Estimate {
        precondition(risks.count == data.count, "a risk for each case")
        let expected = risks.reduce(0, +) / Double(max(risks.count, 1))
        guard expected > 0 else { return .notEstimable("no risk is predicted") }
        guard case .value(let survival) = KaplanMeier(data).survival(at: time) else {
            return .notEstimable("no case is observed until the horizon")
        }
        let observed = 1 - survival.value
        guard observed > 0, let error = survival.standardError else {
            return .notEstimable("no event by the horizon, or no case after it")
        }
        let ratio = observed / expected
        let factor = exp(NormalDistribution.quantile(0.975) * error / observed)
        return .value(
            EstimateValue(
                value: ratio, standardError: error / expected, lower: ratio / factor, upper: ratio * factor,
                n: data.count, events: survival.events,
                method: "Kaplan-Meier risk at \(time) over the mean predicted one, log interval"))
    }
}
