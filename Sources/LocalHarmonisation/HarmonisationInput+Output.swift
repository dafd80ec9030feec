public import Federation
import Tables

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension HarmonisationInput {
    /// Rows that are written at once.
    private static let chunk = SpooledRows.chunk

    /// Reads the table of features again and writes it with other values in the columns of the features, in 17 significant
    /// digits; a missing value keeps its cell.
    ///
    /// - Parameters:
    ///   - values: harmonised rows for a range of the rows that were taken.
    ///   - sink: takes pieces of the document, in order.
    /// - Throws: `TableError`, and what `values` and `sink` throw.
    public func write(
        _ values: (_ rows: Range<Int>) throws -> CaseTable, to sink: (_ piece: [UInt8]) throws -> Void
    ) throws {
        var places = [Int?](repeating: nil, count: features.columns.count)
        for (place, name) in featureNames.enumerated() { places[try features.position(name)] = place }
        var output: [UInt8] = []
        for (column, name) in features.columns.enumerated() {
            if column > 0 { output.append(0x2C) }
            Self.append(name, to: &output)
        }
        output.append(0x0A)
        var number = NumberText()
        var (next, start) = (0, 0)
        var harmonised: CaseTable?
        try features.forEachRow { row, line in
            guard next < rows.count, rows[next] == row else { return }
            if harmonised == nil || next == start + Self.chunk {
                try sink(output)
                output.removeAll(keepingCapacity: true)
                start = next
                harmonised = try values(start..<min(start + Self.chunk, rows.count))
            }
            guard let harmonised else { return }
            for column in places.indices {
                if column > 0 { output.append(0x2C) }
                let value = places[column].map { harmonised.features[(next - start) * featureNames.count + $0] }
                if let value, !value.isNaN {
                    number.append(value, to: &output)
                } else {
                    Self.append(try line.text(column), to: &output)
                }
            }
            output.append(0x0A)
            next += 1
        }
        try sink(output)
    }

    /// Appends a cell, in quotes where it needs them.
    private static func append(_ cell: String, to output: inout [UInt8]) {
        guard cell.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else {
            output += cell.utf8
            return
        }
        output.append(0x22)
        for byte in cell.utf8 {
            if byte == 0x22 { output.append(0x22) }
            output.append(byte)
        }
        output.append(0x22)
    }
}

/// Numbers in 17 significant digits (`%.17g`), which give every double back.
private struct NumberText {
    private var buffer = [CChar](repeating: 0, count: 40)

    mutating func append(_ value: Double, to output: inout [UInt8]) {
        let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%.17g", $0) }
        for index in 0..<Int(length) { output.append(UInt8(bitPattern: buffer[index])) }
    }
}
