/// Why two tables cannot be harmonised, beyond what `HarmonisationError` and `TableError` say.
public enum LocalHarmonisationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The tables have no column in common and other numbers of rows.
    case rowsDiffer(features: Int, meta: Int)
    /// A key occurs twice.
    case repeatedKey(file: String, column: String, row: Int)
    /// A row of features has no row that describes it.
    case noMeta(file: String, column: String, row: Int)
    /// No row has the value.
    case noRows(column: String, value: String)
    /// A categorical covariate has one level.
    case oneLevel(column: String)
    /// A level that the model was not fitted with.
    case unseenLevel(file: String, column: String, row: Int, levels: [String])
    /// There is one batch.
    case oneBatch(column: String)
    /// A batch has one row.
    case singleton(batch: String, column: String)
    /// A batch has one row outside a fold.
    case singletonWithout(batch: String, fold: String)
    /// The reference is not one of the batches.
    case noReference(String, batches: [String])
    /// There is one site.
    case oneSite
    /// Rows of a batch lie in several sites.
    case sharedBatch(String)
    /// Rows of a patient lie in several sites.
    case sharedSubject
    /// There is no column that names the patient.
    case noSubjects
    /// A batch that was not there when random intercepts were fitted.
    case newBatchWithSubjects(String)
    /// Missing values with CovBat.
    case missingWith(features: [String])
    /// A batch that did not fit the model has too few rows to estimate its location and scale.
    case newBatchTooSmall(String, rows: Int, minimum: Int)
    /// A feature that is to be transformed has a value that is 0 or negative.
    case notPositive(feature: String)
    /// A harmonised value is outside what a Box-Cox transform reaches.
    case noInverse(feature: String)
    /// All rows are of one fold.
    case oneFold(column: String)
    /// A batch has no row outside a fold.
    case batchInOneFold(batch: String, fold: String)
    /// The model has no held-out rows.
    case noHeldOut
    /// A row that is to be held out fitted the model.
    case fittedRows(row: Int, column: String, fold: String)
    /// The options have no meaning together.
    case options(String)
    /// Text that is no model file, or one that was changed.
    case badModel(String)

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .rowsDiffer(let features, let meta):
            "the tables have \(features) and \(meta) rows; give both a column that names the case, or the same rows"
        case .repeatedKey(let file, let column, let row):
            "\(file): row \(row): the value of '\(column)' occurs before; keep one row for each"
        case .noMeta(let file, let column, let row):
            "\(file): no row has the '\(column)' of row \(row) of the features; add it, or leave the row out"
        case .noRows(let column, let value): "no row has '\(column)' = '\(value)'"
        case .oneLevel(let column): "covariate '\(column)' has one level; leave it out"
        case .unseenLevel(let file, let column, let row, let levels):
            "\(file): row \(row), column '\(column)': the model knows the levels \(levels.joined(separator: ", ")) only; "
                + "fit it with all levels, or leave the row out"
        case .oneBatch(let column): "all rows have one '\(column)'; there is nothing to harmonise"
        case .singleton(let batch, let column):
            "batch '\(batch)' of '\(column)' has one row, of which no scale can be told; merge it with another, leave the row "
                + "out, or shift it only (--singletons location)"
        case .singletonWithout(let batch, let fold):
            "batch '\(batch)' has one row outside fold '\(fold)', of which no scale can be told; deal its rows to other folds, or "
                + "shift it only (--singletons location)"
        case .noReference(let name, let batches):
            "--reference: '\(name)' is not one of the batches \(batches.joined(separator: ", "))"
        case .oneSite: "--sites: all rows are of one site; give a column with several"
        case .sharedBatch(let name):
            "batch '\(name)' has rows in several sites; name batches by site, so that each lies within one"
        case .sharedSubject: "a patient has rows in several sites; random intercepts need each within one"
        case .noSubjects: "the model has random intercepts; the column that names the patient is needed"
        case .newBatchWithSubjects(let name):
            "batch '\(name)' was not there when the random intercepts were fitted; fit again with its rows"
        case .missingWith(let features):
            "missing values in \(features.prefix(5).map { "'\($0)'" }.joined(separator: ", ")): a row that lacks features has no "
                + "scores of principal components, which CovBat moves; complete the features, leave them out, or let them keep "
                + "ComBat's values (--incomplete combat)"
        case .newBatchTooSmall(let name, let rows, let minimum):
            "batch '\(name)' is new and has \(rows) rows, fewer than the minimum of \(minimum); merge it with another, or leave its "
                + "rows out"
        case .notPositive(let feature):
            "feature '\(feature)' has values that are 0 or negative, which have no logarithm; leave its transform out"
        case .noInverse(let feature):
            "feature '\(feature)': a harmonised value is outside the range of its transform; choose another exponent"
        case .oneFold(let column): "--folds: all rows have one '\(column)'; give a column with several folds"
        case .batchInOneFold(let batch, let fold):
            "batch '\(batch)' has rows in fold '\(fold)' only, so that nothing is known of it without the fold; deal the "
                + "rows of each batch to several folds"
        case .noHeldOut: "the model was fitted to all rows; fit with --folds and take the model without the fold"
        case .fittedRows(let row, let column, let fold):
            "row \(row) is not of '\(column)' '\(fold)', which the model has not seen; a validation on rows that fitted "
                + "the parameters is refused, take --rows \(column)=\(fold)"
        case .options(let text): text
        case .badModel(let reason): "the model file cannot be used: \(reason)"
        }
    }
}
