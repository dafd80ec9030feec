#if canImport(Glibc)
    import Glibc
#endif

/// The clinical row of a phantom case.
public struct PhantomPatient: Hashable, Sendable, Codable {
    /// Sex as DICOM writes it.
    public enum Sex: String, Sendable, Codable {
        /// Female.
        case female = "F"
        /// Male.
        case male = "M"
    }

    /// Identifier within the cohort: hospital and running number from 1 (`H1-0007`).
    public let caseID: String
    /// Microvascular invasion: 1 present, 0 absent.
    public let outcome: Int
    /// Age in years.
    public let age: Double
    /// Alpha-fetoprotein in ng/mL.
    public let afp: Double
    /// Sex.
    public let sex: Sex
}

/// How the outcome depends on the covariates: a logistic model whose intercept gives the hospital its prevalence.
struct OutcomeModel {
    /// Log odds ratio of a year of age.
    static let perYear = 0.025
    /// Log odds ratio of a unit of the natural logarithm of AFP in ng/mL.
    static let perLogAFP = 0.28

    let intercept: Double

    init(_ profile: HospitalProfile) {
        let spread =
            ((Self.perYear * profile.ageSD) * (Self.perYear * profile.ageSD)
            + (Self.perLogAFP * profile.logAFPSD) * (Self.perLogAFP * profile.logAFPSD)).squareRoot()
        let mean = Self.perYear * profile.ageMean + Self.perLogAFP * profile.logAFPMean
        var (low, high) = (-30.0, 30.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if Self.prevalence(middle + mean, spread) < profile.prevalence { low = middle } else { high = middle }
        }
        intercept = (low + high) / 2
    }

    /// Mean of the logistic function of a normal number, by the trapezoidal rule over eight standard deviations.
    private static func prevalence(_ mean: Double, _ spread: Double) -> Double {
        let step = 0.1
        var sum = 0.0
        for node in -80...80 {
            let z = Double(node) * step
            sum += exp(-z * z / 2) / (1 + exp(-(mean + spread * z)))
        }
        return sum * step / (2 * Double.pi).squareRoot()
    }

    func probability(age: Double, logAFP: Double) -> Double {
        1 / (1 + exp(-(intercept + Self.perYear * age + Self.perLogAFP * logAFP)))
    }
}

extension PhantomPatient {
    init(_ profile: HospitalProfile, model: OutcomeModel, index: Int, generator: inout PhantomGenerator) {
        let number = String(index + 1)
        caseID = profile.id + "-" + String(repeating: "0", count: max(0, 4 - number.count)) + number
        let years = min(max(profile.ageMean + profile.ageSD * generator.normal(), 18), 92)
        age = (years * 10).rounded() / 10
        let logAFP = profile.logAFPMean + profile.logAFPSD * generator.normal()
        afp = max((exp(logAFP) * 10).rounded() / 10, 0.5)
        sex = generator.uniform() < profile.maleShare ? .male : .female
        outcome = generator.uniform() < model.probability(age: years, logAFP: logAFP) ? 1 : 0
    }
}
