#if canImport(Glibc)
    import Glibc
#endif

/// What the injected activity is thought to spread over: the S in SUV.
public enum UptakeMeasure: String, Sendable, Hashable, Codable, CaseIterable {
    /// Body weight: SUVbw in g/ml.
    case bodyWeight = "bw"
    /// Lean body mass after James (1976), as the first PET programs took it: SUL in g/ml. It falls again for heavy patients.
    case leanJames = "lbm-james"
    /// Lean body mass after Janmahasatian et al. (Clin Pharmacokinet 2005;44:1051): SUL in g/ml.
    case leanJanmahasatian = "lbm-janmahasatian"
    /// Body surface area after Du Bois and Du Bois (1916): SUVbsa in cm2/ml.
    case surface = "bsa"

    /// Whether height and sex count beside the weight.
    var needs: (height: Bool, sex: Bool) {
        switch self {
        case .bodyWeight: (false, false)
        case .leanJames, .leanJanmahasatian: (true, true)
        case .surface: (true, false)
        }
    }

    /// The measure that an SUVType (0054,1006) names, nil where it does not say which formula.
    init?(suvType: String) {
        switch suvType {
        case "BW": self = .bodyWeight
        case "LBMJAMES128": self = .leanJames
        case "LBMJANMA": self = .leanJanmahasatian
        case "BSA": self = .surface
        default: return nil
        }
    }
}

/// What a person weighs and measures, checked.
struct Physique: Equatable {
    /// In kilograms, 0.5 to 500.
    let weightKG: Double
    /// In metres, 0.3 to 2.6; nil when it is not known.
    let heightM: Double?
    /// Whether the formulas for men count; nil when it is not known.
    let isMale: Bool?

    /// Grams, or square centimetres of the surface, over which the activity spreads; nil where a measure needs what is
    /// not known or its formula leaves its range.
    func amount(_ measure: UptakeMeasure) -> Double? {
        guard measure != .bodyWeight else { return weightKG * 1_000 }
        guard let heightM else { return nil }
        let centimetres = heightM * 100
        if measure == .surface {
            // Square metres by 0.007184, then to square centimetres.
            return 0.007184 * pow(weightKG, 0.425) * pow(centimetres, 0.725) * 10_000
        }
        guard let isMale else { return nil }
        let kilograms: Double
        if measure == .leanJames {
            let ratio = weightKG / centimetres
            kilograms = isMale ? 1.10 * weightKG - 128 * ratio * ratio : 1.07 * weightKG - 148 * ratio * ratio
        } else {
            let index = weightKG / (heightM * heightM)
            kilograms = 9_270 * weightKG / (isMale ? 6_680 + 216 * index : 8_780 + 244 * index)
        }
        return kilograms > 0 ? kilograms * 1_000 : nil
    }
}
