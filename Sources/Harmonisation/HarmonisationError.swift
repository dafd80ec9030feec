/// What stops a harmonisation, with the name of the culprit. NaN never comes out.
public enum HarmonisationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no case.
    case noCases
    /// Features have missing or infinite values.
    case missingValues(features: [String])
    /// Features have no value at all in some batch.
    case absent(features: [String])
    /// A covariate has missing or infinite values.
    case missingCovariate(String)
    /// The covariate is constant within every batch (`with` is empty), or follows from the ones listed.
    case confounded(covariate: String, with: [String])
    /// The method needs several features that vary.
    case tooFewFeatures(needed: Int)
    /// More features than the diagnostics of all together take.
    case tooManyFeatures(Int, limit: Int)
    /// A smooth covariate takes too few different values.
    case tooFewValues(covariate: String, needed: Int)
    /// More unknowns than cases.
    case tooFewCases(cases: Int, needed: Int)
    /// A batch has too few cases to estimate its location and scale.
    case batchTooSmall(cases: Int, minimum: Int)
    /// The table, or the broadcast, does not have the model's columns.
    case columnsDiffer(String)
    /// Values lie far beyond what the pooled model knows.
    case outOfRange(feature: String)
    /// There is no estimate for a batch of the table.
    case unknownBatch(String)
    /// The empirical Bayes iteration did not converge.
    case noConvergence(feature: String)
    /// The weight of a smooth term's penalty was not found.
    case noPenalty
    /// Rows could not be read again.
    case unreadable(String)
    /// All rows have one level of a batch factor.
    case oneLevel(factor: String)
    /// A level of a batch factor that the level table does not have.
    case unknownLevel(factor: String, level: String)
    /// A later batch factor is coarser than an earlier one.
    case factorOrder(coarser: String, finer: String)
    /// The effects of a batch factor cannot be told from those of others.
    case factorsConfounded(factor: String, with: [String])
    /// The rows that have a feature do not tell the effects of a batch factor from those of others, though all rows do.
    case confoundedWhereMissing(feature: String, factor: String)
    /// Some levels of a batch factor occur only with some of another, the rest only with the rest.
    case factorsDisconnected(factor: String, levels: [String], with: String, others: [String])
    /// The batch factors have too many combinations of levels.
    case tooManyCombinations(Int, limit: Int)
    /// A site has fewer rows of a combination than may be summed.
    case sparseCombination(levels: [String], cases: Int, minimum: Int)

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .noCases: return "there is no case to harmonise"
        case .missingValues(let features):
            let names = features.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
            let rest = features.count > 5 ? " and \(features.count - 5) more" : ""
            return "missing or infinite values in \(names)\(rest); leave the features out or complete them"
        case .absent(let features):
            let names = features.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
            return
                "no value of \(names)\(features.count > 5 ? " and others" : "") in some batch; leave the features out"
        case .missingCovariate(let name):
            return "covariate '\(name)' has missing or infinite values; complete it or leave the cases out"
        case .confounded(let covariate, let others) where others.isEmpty:
            return "covariate '\(covariate)' does not vary within the batches; remove it from harmonisation.covariates"
        case .confounded(let covariate, let others):
            return "covariate '\(covariate)' follows from \(others.map { "'\($0)'" }.joined(separator: ", ")) and the "
                + "batches; remove one of them from harmonisation.covariates"
        case .tooFewFeatures(let needed): return "fewer than \(needed) features vary within the batches"
        case .tooManyFeatures(let count, let limit):
            return "\(count) features, more than the \(limit) of a report; give a table with fewer"
        case .tooFewValues(let covariate, let needed):
            return
                "covariate '\(covariate)' takes fewer than \(needed) different values or has an infinite one; leave it "
                + "out of the smooth terms"
        case .tooFewCases(let cases, let needed):
            return "\(cases) cases where the design needs more than \(needed)"
        case .batchTooSmall(let cases, let minimum):
            return "a batch has \(cases) cases, fewer than the minimum of \(minimum); merge it with another or "
                + "leave it out"
        case .columnsDiffer(let column): return "the table and the ComBat model differ in column '\(column)'"
        case .outOfRange(let feature):
            return "feature '\(feature)' is more than a million million standard deviations from the pooled mean; "
                + "check its units"
        case .unknownBatch(let batch):
            return "there is no estimate for batch '\(batch)'; harmonise its own rows first"
        case .noConvergence(let feature):
            return "empirical Bayes does not converge at feature '\(feature)'; leave the feature out"
        case .noPenalty:
            return "mgcv's descent to the weight of a smooth term's penalty does not end; take --penalty gcv"
        case .unreadable(let reason): return "rows cannot be read again: \(reason)"
        case .oneLevel(let factor):
            return "all rows have one '\(factor)'; leave it out of the batch factors"
        case .unknownLevel(let factor, let level):
            return "the level '\(level)' of '\(factor)' is not known; fit with rows of it, or leave its rows out"
        case .factorOrder(let coarser, let finer):
            return "each '\(finer)' has one '\(coarser)', so that '\(coarser)' is the coarser factor; name it first"
        case .factorsConfounded(let factor, let others):
            return "the effects of '\(factor)' cannot be told from those of "
                + "\(others.map { "'\($0)'" }.joined(separator: ", ")); leave one of them out"
        case .confoundedWhereMissing(let feature, let factor):
            return "the rows that have '\(feature)' do not tell the effects of '\(factor)' from those of other batch "
                + "factors; leave the feature out"
        case .factorsDisconnected(let factor, let levels, let other, let others):
            return
                "\(levels.joined(separator: ", ")) of '\(factor)' occur only with \(others.joined(separator: ", ")) of "
                + "'\(other)', and the rest only with the rest, so that their effects cannot be told apart; merge levels, or "
                + "leave one of the factors out"
        case .tooManyCombinations(let count, let limit):
            return "the batch factors have \(count) combinations of levels, more than \(limit); merge levels"
        case .sparseCombination(let levels, let cases, let minimum):
            return
                "the site has \(cases) rows of \(levels.joined(separator: " / ")), fewer than the \(minimum) that a sum "
                + "may be of; merge levels, or leave the rows out of the fit"
        }
    }
}
