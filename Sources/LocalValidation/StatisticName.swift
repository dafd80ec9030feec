/// The names of the statistics, and what each means.
public enum StatisticName: String, CaseIterable, Sendable {
    case auc = "AUC"
    case aucDifference = "AUC-difference"
    case sensitivity, specificity
    case ppv = "PPV"
    case npv = "NPV"
    case youden = "Youden"
    case youdenThreshold = "Youden-threshold"
    case partialAUC = "partial-AUC"
    case observedExpected = "O:E"
    case calibrationIntercept = "calibration-intercept"
    case calibrationSlope = "calibration-slope"
    case brier = "Brier"
    case scaledBrier = "scaled-Brier"
    case ici = "ICI"
    case e50 = "E50"
    case e90 = "E90"
    case largestError = "Emax"
    case netBenefit = "net-benefit"
    case standardisedNetBenefit = "standardised-net-benefit"
    case nri = "NRI"
    case idi = "IDI"
    case cIndex = "C-index"
    case timeAUC = "time-AUC"
    case survival
    case logHazardRatio = "log-hazard-ratio"
    case mean
    case tauSquared = "tau2"
    case iSquared = "I2"
    case prediction = "prediction-interval"
    case q = "Q"
    case egger = "Egger"
    case kappa
    case ac = "AC"
    case alpha
    case icc = "ICC"
    case ccc = "CCC"
    case dice = "Dice"
    case jaccard = "Jaccard"
    case hausdorff = "HD"
    case hausdorff95 = "HD95"
    case surfaceDistance = "ASSD"
    case surfaceDice = "surface-Dice"
    case volumeDifference = "volume-difference"
    case bias
    case lowerLimit = "lower-limit"
    case upperLimit = "upper-limit"
    case kendall = "Kendall-W"
    case verdict
    case coefficient
    case optimism
    case aucDrop = "AUC-drop"
    case keptShare = "kept-share"
}
