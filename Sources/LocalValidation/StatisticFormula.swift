extension StatisticName {
    /// The formula in one line of plain text; O, E: observed and expected; z: 0.975 quantile of the normal distribution.
    public var formula: String {
        switch self {
        case .auc:
            "AUC = sum over pairs of [s1 > s0] + [s1 = s0] / 2, over m n; var = S10 / m + S01 / n of the placements"
        case .aucDifference: "AUC1 - AUC2; var = var1 + var2 - 2 cov12 (cov12 = 0 for different cases)"
        case .sensitivity: "TP / (TP + FN)"
        case .specificity: "TN / (TN + FP)"
        case .ppv: "TP / (TP + FP)"
        case .npv: "TN / (TN + FN)"
        case .youden: "sensitivity + specificity - 1"
        case .youdenThreshold: "argmax over thresholds of sensitivity + specificity - 1"
        case .partialAUC:
            "A = integral of sensitivity over 1 - specificity from 0 to e; corrected (1 + (A - e^2/2) / (e - e^2/2)) / 2"
        case .observedExpected: "sum y / sum p; se of its log = sqrt((1 - O/n) / O)"
        case .calibrationIntercept: "logit P(y = 1) = a + logit(p)"
        case .calibrationSlope: "logit P(y = 1) = a + b logit(p)"
        case .brier: "mean of (p - y)^2"
        case .scaledBrier: "1 - Brier / (r (1 - r)), r the prevalence"
        case .ici: "mean of |curve(p) - p|"
        case .e50: "median of |curve(p) - p|"
        case .e90: "0.9 quantile of |curve(p) - p|"
        case .largestError: "largest |curve(p) - p|"
        case .netBenefit: "TP/n - FP/n * t / (1 - t)"
        case .standardisedNetBenefit: "(TP/n - FP/n * t / (1 - t)) / prevalence"
        case .nri: "(up - down) / events - (up - down) / non-events"
        case .idi: "mean change of risk in events - mean change of risk in non-events"
        case .cIndex:
            "sum w ([s1 > s2] + [s1 = s2] / 2) / sum w over pairs with t1 < t2 and an event at t1; w = 1 or 1 / G(t1-)^2"
        case .timeAUC:
            "sum w1 ([s1 > s0] + [s1 = s0] / 2) / sum w1 over cases (t <= h, event) and controls (t > h); w1 = 1 / G(t1-)"
        case .survival: "product over event times t <= h of (1 - d / n)"
        case .logHazardRatio: "b of hazard(t) = hazard0(t) exp(b score), by the partial likelihood"
        case .mean: "sum w y / sum w, w = 1 / (v + tau2)"
        case .tauSquared:
            "REML: root of y'PPy = tr P; DerSimonian-Laird: (Q - k + 1) / (sum w - sum w^2 / sum w); Paule-Mandel: Q(tau2) = k - 1; Sidik-Jonkman: c Q(c) / (k - 1), c = mean (y - mean)^2"
        case .iSquared: "tau2 / (tau2 + s2), s2 = (k - 1) sum w / ((sum w)^2 - sum w^2)"
        case .prediction: "mean +- t sqrt(tau2 + se^2), t with k - 1 or k - 2 degrees of freedom"
        case .q: "sum w (y - mean)^2, w = 1 / v"
        case .egger: "y = a + b se + e, e with variance se^2 + tau2; z = b / se(b)"
        case .kappa: "(Po - Pe) / (1 - Pe)"
        case .ac: "(Po - Pe) / (1 - Pe), Pe = T / (q (q - 1)) sum p (1 - p)"
        case .alpha: "1 - Do / De"
        case .icc:
            "ratios of mean squares of the two-way table; (A,1): (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n)"
        case .ccc: "2 s12 / (s1^2 + s2^2 + (m1 - m2)^2)"
        case .dice: "2 |A and B| / (|A| + |B|)"
        case .jaccard: "|A and B| / |A or B|"
        case .hausdorff: "max over a of min over b of |a - b|, the larger of both directions"
        case .hausdorff95: "0.95 quantile of the distances of contour voxels to the other contour"
        case .surfaceDistance: "mean of the distances of contour voxels to the other contour"
        case .surfaceDice: "(contour voxels of either within the tolerance of the other) / all contour voxels"
        case .volumeDifference: "V1 - V2; 2 (V1 - V2) / (V1 + V2)"
        case .kendall: "12 S / (m^2 (n^3 - n) - m sum (t^3 - t)), S = squared deviations of the cases' rank sums"
        case .verdict: "n ((estimate - bound) / (estimate - gate))^2, bound on the side of the gate"
        case .coefficient:
            "b of logit P(y = 1) = a + sum b x, at the maximum of the likelihood less ridge / 2 sum (b sd)^2"
        case .optimism:
            "mean over resamples of (result on the resample - result on all cases); corrected = apparent - optimism"
        case .aucDrop:
            "A_int - A_ext; case mix A_int - A_w (weights w = exp(l'x)); protocol, contour: A - Phi(r Phi^-1(A))"
        case .keptShare: "folds in which the feature is kept / folds"
        case .bias: "mean of (a - b)"
        case .lowerLimit: "bias - 1.96 sd of (a - b)"
        case .upperLimit: "bias + 1.96 sd of (a - b)"
        }
    }
}
