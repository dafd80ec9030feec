extension StatisticName {
    /// Definition, reference, and how a federation computes it with what leaves a site.
    public var explanation: (definition: String, reference: String, federated: String) {
        switch self {
        case .auc:
            (
                "Probability that an event has a higher score than a non-event, ties count half; DeLong interval on the scale of the AUC, and on its logit.",
                "DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837",
                "Each site releases its own AUC with its standard error. The pooled AUC comes from histograms of scores by outcome, with an interval that contains it for certain. The AUC of pairs within sites: each site with enough events and non-events adds its pairs, concordant pairs and DeLong's variance times the squared pairs, which are its own AUC, with its consent (kind stratified-auc of a protocol)."
            )
        case .aucDifference:
            (
                "AUC of the first score less that of the second on the same cases, with their covariance; or of the cases of one site less that of the others, whose variances add.",
                "DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837",
                "Over all cases of two scores (kind paired-auc of a protocol): counts up to common points until the edges of both scores' bins are found, class histograms of both, then sums of products of their placements, with an interval that contains the difference for certain. Of one site against the others: from releases of AUCs with their standard errors."
            )
        case .sensitivity, .specificity, .ppv, .npv:
            (
                "Share of the cases that the locked threshold classifies rightly: of events, of non-events, of those at or above it, of those below; Wilson interval.",
                "Wilson, JASA 1927;22:209", "The four counts of each site are added."
            )
        case .youden:
            (
                "Sensitivity plus specificity less 1 at the threshold.", "Youden, Cancer 1950;3:32",
                "From the four counts, which are added."
            )
        case .youdenThreshold:
            (
                "The threshold with the largest Youden index, half way between two scores; chosen on these cases, so not to be reported as validated.",
                "Youden, Cancer 1950;3:32", "Not federated: a threshold is locked in the protocol."
            )
        case .partialAUC:
            (
                "Area under the ROC curve where the specificity is at least 0.9; corrected: 0.5 for chance, 1 for perfect.",
                "McClish, Med Decis Making 1989;9:190", "Not federated: each site computes its own."
            )
        case .ici, .e50, .e90, .largestError:
            (
                "Distance of the predicted risk from a calibration curve (restricted cubic spline of logit(p), knots at the quantiles 0.05, 0.35, 0.65 and 0.95): mean, median, 90 % quantile, largest.",
                "Austin and Steyerberg, Stat Med 2019;38:4051",
                "Knots at quantiles by counts, Newton steps for the curve, then the sum of the distances (the mean is exact) and their histogram (the others to one bin) are added (kind calibration-curve of a protocol)."
            )
        case .standardisedNetBenefit:
            (
                "Net benefit over the prevalence: 1 is a perfect model.",
                "Kerr et al., J Clin Oncol 2016;34:2534",
                "Events and non-events, all and at or above each threshold, are added (kind decision-curve of a protocol): a histogram of the risk by outcome between the thresholds."
            )
        case .nri:
            (
                "Share of events whose risk the first score raises above the second less the share it lowers, plus the same of non-events the other way round.",
                "Pencina et al., Stat Med 2008;27:157 and 2011;30:11",
                "Of each class the cases and those that move up and down are added (kind reclassification of a protocol)."
            )
        case .idi:
            (
                "Mean gain of risk of the events less that of the non-events, first score against second.",
                "Pencina et al., Stat Med 2008;27:157",
                "Of each class the cases, sums and squares of the changes are added (kind reclassification of a protocol)."
            )
        case .observedExpected:
            (
                "Observed events over the sum of predicted probabilities; interval on the log scale.",
                "Debray et al., BMJ 2017;356:i6460",
                "Number of cases, of events and the sum of probabilities are added."
            )
        case .calibrationIntercept:
            (
                "Calibration in the large: intercept of a logistic regression of the outcome with logit(p) as offset.",
                "Cox, Biometrika 1958;45:562", "Newton steps: gradient and curvature are added in every round."
            )
        case .calibrationSlope:
            (
                "Coefficient of logit(p) in a logistic regression of the outcome on it; 1 is perfect, below 1 overfitted.",
                "Cox, Biometrika 1958;45:562", "Newton steps: gradient and curvature are added in every round."
            )
        case .brier:
            (
                "Mean squared difference of probability and outcome.", "Brier, Monthly Weather Review 1950;78:1",
                "The sum of squares is added."
            )
        case .scaledBrier:
            (
                "1 less Brier over the Brier score of the prevalence.", "Steyerberg et al., Epidemiology 2010;21:128",
                "The sum of squares and the counts are added."
            )
        case .netBenefit:
            (
                "True positives less false positives weighted by the odds of the threshold, over all cases.",
                "Vickers and Elkin, Med Decis Making 2006;26:565",
                "Events and non-events, all and at or above each threshold, are added (kind decision-curve of a protocol): a histogram of the risk by outcome between the thresholds."
            )
        case .cIndex:
            (
                "Share of comparable pairs of which the case with the earlier event has the higher score, ties count half. Harrell: every pair counts once; Uno: inversely to the squared probability of being uncensored.",
                "Harrell et al., JAMA 1982;247:2543; Uno et al., Stat Med 2011;30:1105",
                "Over the pairs of all sites' cases, up to a horizon (kinds concordance and uno-concordance of a protocol): events and censored cases in coarse cells of time and score are added, and the interval contains the C of the cases for certain. Uno's weights need the numbers at risk and of events on the grid of times first, and the sums of the events' weights in each cell."
            )
        case .timeAUC:
            (
                "AUC of cases with the event by the horizon against those free of it beyond, cases weighted by the inverse probability of not being censored before.",
                "Uno et al., JASA 2007;102:527; Blanche et al., Stat Med 2013;32:5381",
                "Over all sites' cases (kind time-auc of a protocol): numbers at risk and of events on a grid of times, then the cases' weights and the controls in bins of the score, then sums of the cases' placements by interval of time, which the standard error needs; the interval contains the AUC of the cases for certain."
            )
        case .survival:
            (
                "Probability of no event by the horizon (product limit); Greenwood's variance, interval on the log scale.",
                "Kaplan and Meier, JASA 1958;53:457",
                "Numbers at risk and of events on a grid of times are added, and how many times are between its points (kind survival of a protocol)."
            )
        case .logHazardRatio:
            (
                "Coefficient of the score in Cox's model (Efron's rule for events of the same time); over all cases stratified by site.",
                "Cox, JRSS B 1972;34:187; Efron, JASA 1977;72:557",
                "Newton steps: gradient and information of each site's own risk sets are added; no event time leaves."
            )
        case .mean:
            (
                "Random-effects mean of the sites' results, on the logit scale for AUCs and the log scale for O:E.",
                "Debray et al., Stat Methods Med Res 2019;28:2768; Hartung and Knapp, Stat Med 2001;20:1771",
                "From the sites' releases."
            )
        case .tauSquared:
            (
                "Variance of the sites' true results on the scale of the analysis; Q-profile interval.",
                "Viechtbauer, Stat Med 2007;26:37", "From the sites' releases."
            )
        case .iSquared:
            (
                "Share of the variance of the sites' results that is between sites.",
                "Higgins and Thompson, Stat Med 2002;21:1539", "From the sites' releases."
            )
        case .prediction:
            (
                "Interval in which the result of a new site is expected.",
                "Higgins, Thompson and Spiegelhalter, JRSS A 2009;172:137", "From the sites' releases."
            )
        case .q:
            (
                "Weighted squared deviations of the sites' results from their fixed-effect mean.",
                "Cochran, Biometrics 1954;10:101", "From the sites' releases."
            )
        case .egger:
            (
                "Small-study effects: coefficient of the standard error in a meta-regression of the sites' results on it (REML).",
                "Egger et al., BMJ 1997;315:629", "From the sites' releases."
            )
        case .kappa:
            (
                "Agreement of readers beyond chance; variants Cohen, Fleiss, Conger, Light and Brennan-Prediger differ in what chance is. Of the voxels of two contours it depends on the box they are counted in, which is part of the variant.",
                "Cohen 1960; Fleiss, Psychol Bull 1971;76:378; Gwet, Handbook of Inter-Rater Reliability 2014",
                "The tables of counts of each pair of readers are added; of several readers also sums over cases, in two rounds (kinds pair and ratings of a protocol). Kappa of contours: each site releases its own, and sums and squares over lesions are added."
            )
        case .ac:
            (
                "Gwet's coefficient: AC1 without weights, AC2 with; chance that does not grow with skewed categories.",
                "Gwet, Br J Math Stat Psychol 2008;61:29",
                "The table of counts of two readers is added; of several readers sums over cases, in two rounds (kinds pair and ratings of a protocol)."
            )
        case .alpha:
            (
                "Krippendorff's alpha: 1 less observed over expected disagreement; takes missing ratings and any level.",
                "Krippendorff, Content Analysis 2004",
                "Coincidences of known values are added; of measurements, for the interval level, sums and squares (kinds ratings and measurements of a protocol)."
            )
        case .icc:
            (
                "Intraclass correlation in six forms: (1), (A) agreement, (C) consistency; single reading or mean of all.",
                "McGraw and Wong, Psychol Methods 1996;1:30",
                "The pooled mean, then sums by reader, squares and products about it are added (kind measurements of a protocol)."
            )
        case .ccc:
            (
                "Lin's concordance: correlation times closeness to the line of identity.",
                "Lin, Biometrics 1989;45:255",
                "The pooled mean, then sums by reader, squares and products about it are added (kind measurements of a protocol)."
            )
        case .dice, .jaccard:
            (
                "Common voxels of two contours over the mean of both, and over all voxels of either.",
                "Dice, Ecology 1945;26:297; Jaccard, New Phytologist 1912;11:37",
                "Not federated: masks stay at the site, which may release means over its cases."
            )
        case .hausdorff, .hausdorff95, .surfaceDistance, .surfaceDice:
            (
                "Distances between two contours in mm: the largest, the 95 % quantile (of both directions together, or the larger of two), the mean (ASSD), and the share of both contours within a tolerance.",
                "Huttenlocher et al., IEEE PAMI 1993;15:850; Nikolov et al., J Med Internet Res 2021;23:e26151",
                "Not federated: masks stay at the site, which may release means over its cases."
            )
        case .volumeDifference:
            (
                "Volume of the first reader's region less that of the second, and over their mean.",
                "Bland and Altman, Lancet 1986;327:307",
                "Not federated: masks stay at the site, which may release means over its cases."
            )
        case .kendall:
            (
                "Concordance of the readers' rankings of the cases, corrected for ties: 0 unrelated, 1 the same; chi-square test of no concordance.",
                "Kendall and Babington Smith, Ann Math Stat 1939;10:275", "Not federated: each site computes its own."
            )
        case .verdict:
            (
                "Pass if the interval is at or above the gate, fail if it is below, else undecided; the number is that of cases with which the same estimate would be decided.",
                "Standard errors taken to fall with the square root of the number of cases", "From the sites' releases."
            )
        case .coefficient:
            (
                "Change of the log odds of the event for one unit of the predictor, or of its category against the first; Wald interval.",
                "Cox, JRSS B 1958;20:215",
                "Newton steps: gradient and information are added in every round."
            )
        case .optimism:
            (
                "What a model seems better by on the cases that it was fitted to: mean over bootstrap samples, drawn within each site, of the refitted model's result on its sample less that on the cases. The standard error is that of the resampling. AUC and Brier score also out of bag, .632 and .632+.",
                "Harrell, Lee and Mark, Stat Med 1996;15:361; Efron and Tibshirani, JASA 1997;92:548",
                "Each site draws from its own cases by a keyed hash, and sends the sums of each refit."
            )
        case .aucDrop:
            (
                "AUC of the internal cases less that of the external ones, and its parts one after the other: internal cases weighted to the external covariate moments; loss by measurement under the other protocol, and by other contours; the rest.",
                "Li et al., Biometrics 2023;79:2382; Hainmueller, Political Analysis 2012;20:25; Coffin and Sukhatme, Biometrics 1997;53:823",
                "A stage of a study: external sites send counts, sums and squares of the covariates; internal ones weighted sums and a weighted histogram of the score (one internal site: its weighted AUC, a release)."
            )
        case .keptShare:
            (
                "Share of the folds in whose training cases the feature is stable: lower bound of its ICC(A,1) over readers and its CCC across protocols above their limits, at enough of the sites.",
                "Koo and Li, J Chiropr Med 2016;15:155; Lin, Biometrics 1989;45:255",
                "Sums, squares and products of the readings are added."
            )
        case .bias, .lowerLimit, .upperLimit:
            (
                "Mean difference of two readings, and mean less and plus 1.96 standard deviations of it.",
                "Bland and Altman, Lancet 1986;327:307",
                "The pooled mean, then sums by reader, squares and products about it are added (kind measurements of a protocol)."
            )
        }
    }
}
