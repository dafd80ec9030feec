import Harmonisation
import StudyProtocol
import Tables

extension ClinicalRows {
    /// The combination of levels of each row, where the protocol names several batch columns.
    static func combinedBatches(table: CSVTable, study: StudyProtocol) throws(TableError) -> [String]? {
        guard let columns = study.harmonisation.variant?.batches else { return nil }
        var levels: [[String]] = []
        for column in columns {
            let texts = try table.texts(column.column)
            if let row = texts.firstIndex(where: { !column.levels.contains($0) }) {
                throw .unknownLevel(file: table.file, row: row + 1, column: column.column, levels: column.levels)
            }
            levels.append(texts)
        }
        return (0..<table.rowCount).map { row in BatchCombination.name(levels.map { $0[row] }) }
    }

    /// The patient of each row, where the protocol names a column for it.
    static func patients(table: CSVTable, study: StudyProtocol) throws(TableError) -> [String] {
        guard let column = study.harmonisation.variant?.randomIntercept else { return [] }
        let patients = try table.texts(column)
        if let row = patients.firstIndex(of: "") {
            throw .missingValue(file: table.file, row: row + 1, column: column)
        }
        return patients
    }
}
