import Agreement
import Statistics
import Validation

/// One row of a plan.
public struct PlanRecord: Codable, Sendable, Equatable {
    /// What is planned.
    public let question: String
    /// Number of sites; nil for readers.
    public let sites: Int?
    /// Cases of each site.
    public let casesPerSite: Int?
    /// Expected events of each site, rounded up.
    public let eventsPerSite: Int?
    /// Cases of all sites, or cases that both readers rate.
    public let cases: Int?
    /// Power reached; nil for an interval.
    public let power: Double?
    /// Width reached; nil for a test.
    public let width: Double?
    /// `ok` or `unreachable`.
    public let status: String
    /// Why it cannot be reached; else empty.
    public let reason: String
}

/// What a plan needs, as `concord plan` prints it.
public struct PlanResults: Codable, Sendable, Equatable {
    /// One row for each number of sites.
    public let plans: [PlanRecord]

    /// Wraps rows.
    public init(plans: [PlanRecord]) { self.plans = plans }
}

/// Numbers of sites, events and cases.
public enum PlanAnalysis {
    /// Numbers of sites that are tried when none is given.
    public static let siteCounts = [1, 2, 3, 5, 8, 10, 15, 20, 30]

    private static func check(_ value: Double, _ option: String, _ range: String, _ isRight: Bool) throws {
        guard isRight else { throw LocalValidationError.options("--\(option): \(value) is not \(range)") }
    }

    private static func plan(_ prevalence: Double, _ tau: Double) throws -> ValidationPlan {
        try check(prevalence, "prevalence", "between 0 and 1", prevalence > 0 && prevalence < 1)
        try check(tau, "tau", "0 or more", tau >= 0 && tau.isFinite)
        return ValidationPlan(prevalence: prevalence, tau: tau)
    }

    private static func checkCounts(_ cases: Int?, _ sites: Int?) throws {
        for (count, name) in [(cases, "cases-per-site"), (sites, "sites")] {
            if let count, !(1...ValidationPlan.largest).contains(count) {
                throw LocalValidationError.options("--\(name): \(count) is not from 1 to \(ValidationPlan.largest)")
            }
        }
    }

    /// Cases that tell an internal AUC from an external one.
    ///
    /// - Parameters:
    ///   - internalCases: of the internal AUC; nil if it is taken as known.
    ///   - power: wanted.
    ///   - sites: external sites; nil for `siteCounts`.
    ///   - casesPerSite: if given, the number of sites is searched instead.
    /// - Throws: `LocalValidationError.options`.
    public static func separation(
        internalAUC: Double, externalAUC: Double, internalCases: Int?, prevalence: Double, tau: Double, power: Double,
        sites: Int?, casesPerSite: Int?
    ) throws -> [PlanRecord] {
        let plan = try plan(prevalence, tau)
        try check(internalAUC, "internal", "between 0.5 and 1", internalAUC > 0.5 && internalAUC < 1)
        try check(externalAUC, "external", "between 0.5 and 1", externalAUC > 0.5 && externalAUC < 1)
        try check(power, "power", "between 0.05 and 1", power > 0.05 && power < 1)
        try checkCounts(casesPerSite, sites)
        if let internalCases, internalCases < 2 {
            throw LocalValidationError.options("--internal-cases: give 2 or more, or leave it out for a known AUC")
        }
        guard internalAUC != externalAUC else {
            throw LocalValidationError.options("--internal and --external are the same; there is nothing to tell apart")
        }
        func reached(_ sites: Int, _ cases: Int) -> Double {
            plan.power(
                internalAUC: internalAUC, internalCases: internalCases, externalAUC: externalAUC, sites: sites,
                casesPerSite: cases)
        }
        return rows(
            "AUC \(externalAUC) from \(internalAUC)", prevalence, sites, casesPerSite,
            reached: { (power: reached($0, $1), width: nil) }, isEnough: { reached($0, $1) >= power },
            reason: "the variance of the internal AUC or the differences between sites alone hide the difference")
    }

    /// Sites and cases for a prediction interval of the AUC of a new site.
    ///
    /// - Parameter width: wanted, on the scale of the AUC.
    /// - Throws: `LocalValidationError.options`.
    public static func prediction(
        auc: Double, width: Double, prevalence: Double, tau: Double, sites: Int?, casesPerSite: Int?
    ) throws -> [PlanRecord] {
        let plan = try plan(prevalence, tau)
        try check(auc, "auc", "between 0 and 1", auc > 0 && auc < 1)
        try check(width, "width", "between 0 and 1", width > 0 && width < 1)
        try checkCounts(casesPerSite, sites)
        func reached(_ sites: Int, _ cases: Int) -> Double {
            plan.predictionWidth(auc: auc, sites: sites, casesPerSite: cases)
        }
        return rows(
            "prediction interval of AUC \(auc)", prevalence, sites, casesPerSite,
            reached: { (power: nil, width: reached($0, $1)) },
            isEnough: { $0 > 1 && reached($0, $1) <= width },
            reason:
                "the differences between sites alone need more sites, or make it wider than asked for with any number")
    }

    /// Cases for an interval of Cohen's kappa.
    ///
    /// - Throws: `LocalValidationError.options`.
    public static func kappa(_ kappa: Double, shares: [Double], width: Double) throws -> [PlanRecord] {
        try check(kappa, "kappa", "from 0 to less than 1", kappa >= 0 && kappa < 1)
        try check(width, "width", "from 0.001 to 2", width >= 0.001 && width <= 2)
        guard shares.count >= 2, shares.allSatisfy({ $0 > 0 }), (shares.reduce(0, +) - 1).magnitude < 1e-6 else {
            throw LocalValidationError.options("--shares: give the shares of two or more categories, with a sum of 1")
        }
        let cases = KappaPlan.cases(kappa: kappa, shares: shares, width: width)
        let deviation = KappaPlan.unitDeviation(kappa: kappa, shares: shares)
        return [
            PlanRecord(
                question: "kappa \(kappa)", sites: nil, casesPerSite: nil, eventsPerSite: nil, cases: cases, power: nil,
                width: 2 * NormalDistribution.quantile(0.975) * deviation / Double(cases).squareRoot(), status: "ok",
                reason: "")
        ]
    }

    private static func rows(
        _ question: String, _ prevalence: Double, _ sites: Int?, _ casesPerSite: Int?,
        reached: (Int, Int) -> (power: Double?, width: Double?), isEnough: (Int, Int) -> Bool, reason: String
    ) -> [PlanRecord] {
        func row(_ sites: Int?, _ cases: Int?) -> PlanRecord {
            guard let sites, let cases else {
                return PlanRecord(
                    question: question, sites: sites, casesPerSite: cases, eventsPerSite: nil, cases: nil, power: nil,
                    width: nil, status: "unreachable", reason: reason)
            }
            let found = reached(sites, cases)
            return PlanRecord(
                question: question, sites: sites, casesPerSite: cases,
                eventsPerSite: Int((prevalence * Double(cases)).rounded(.up)), cases: sites * cases, power: found.power,
                width: found.width, status: "ok", reason: "")
        }
        if let casesPerSite {
            // What a given number of sites reaches, or how many are needed.
            if let sites { return [row(sites, casesPerSite)] }
            return [row(ValidationPlan.smallest(from: 1) { isEnough($0, casesPerSite) }, casesPerSite)]
        }
        // At least two events and two non-events a site.
        let least = Int((2 / min(prevalence, 1 - prevalence)).rounded(.up))
        return (sites.map { [$0] } ?? siteCounts).map { count in
            row(count, ValidationPlan.smallest(from: least) { isEnough(count, $0) })
        }
    }
}
