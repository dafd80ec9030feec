import Imaging

/// DICOM files of regions made here, in explicit little endian.
enum TestDICOM {
    typealias Frame = (segment: Int, position: Vector3?, values: [Int])
    typealias Contour = (region: Int, type: String, points: [Vector3])

    static func element(_ tag: UInt32, _ vr: String, _ value: [UInt8]) -> [UInt8] {
        let padding: UInt8 = ["UI", "OB", "OW", "SQ", "UN", "US"].contains(vr) ? 0 : 0x20
        let value = value.count % 2 == 0 ? value : value + [padding]
        let long = ["OB", "OW", "SQ", "UN"].contains(vr)
        let length = long ? [0, 0] + little(UInt32(value.count)) : little(UInt16(value.count))
        return little(UInt16(tag >> 16)) + little(UInt16(tag & 0xFFFF)) + Array(vr.utf8) + length + value
    }

    static func element(_ tag: UInt32, _ vr: String, _ value: String) -> [UInt8] {
        element(tag, vr, Array(value.utf8))
    }

    static func element(_ tag: UInt32, _ value: Int) -> [UInt8] { element(tag, "US", little(UInt16(value))) }

    static func sequence(_ tag: UInt32, _ items: [[UInt8]]) -> [UInt8] {
        element(
            tag, "SQ",
            items.flatMap { little(UInt16(0xFFFE)) + little(UInt16(0xE000)) + little(UInt32($0.count)) + $0 })
    }

    static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// What stands before the data set of a file.
    static func header(sopClass: String, transferSyntax: String = "1.2.840.10008.1.2.1") -> [UInt8] {
        let meta =
            element(0x0002_0001, "OB", [0, 1]) + element(0x0002_0002, "UI", sopClass)
            + element(0x0002_0003, "UI", "1.2.3") + element(0x0002_0010, "UI", transferSyntax)
        return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
            + element(0x0002_0000, "UL", little(UInt32(meta.count))) + meta
    }

    private static func file(sopClass: String, _ dataset: [UInt8]) -> [UInt8] {
        header(sopClass: sopClass) + element(0x0008_0016, "UI", sopClass) + element(0x0008_0018, "UI", "1.2.3")
            + dataset
    }

    /// A segmentation with frames of a size, in the axes given.
    static func segmentation(
        _ type: String, columns: Int, rows: Int, bits: Int, maximum: Int = 255, spacing: Vector3,
        axes: [Vector3] = [Vector3(1, 0, 0), Vector3(0, 1, 0)], segments: [(Int, String)], frames: [Frame]
    ) -> [UInt8] {
        var groups: [[UInt8]] = []
        for frame in frames {
            var group: [UInt8] = []
            if let position = frame.position {
                group += sequence(0x0020_9113, [element(0x0020_0032, "DS", decimals([position]))])
            }
            if type != "LABELMAP" { group += sequence(0x0062_000A, [element(0x0062_000B, frame.segment)]) }
            groups.append(group)
        }
        let shared =
            sequence(0x0020_9116, [element(0x0020_0037, "DS", decimals(axes))])
            + sequence(0x0028_9110, [element(0x0028_0030, "DS", "\(spacing.y)\\\(spacing.x)")])
        let names = segments.map { element(0x0062_0004, $0.0) + element(0x0062_0005, "LO", $0.1) }
        let values = frames.flatMap(\.values)
        var pixels: [UInt8]
        switch bits {
        case 1:
            pixels = [UInt8](repeating: 0, count: (values.count + 7) / 8)
            for (index, value) in values.enumerated() where value != 0 { pixels[index / 8] |= 1 << (index % 8) }
        case 8: pixels = values.map(UInt8.init)
        default: pixels = values.flatMap { little(UInt16($0)) }
        }
        var dataset =
            element(0x0008_0060, "CS", "SEG") + element(0x0028_0002, 1)
            + element(0x0028_0008, "IS", "\(frames.count)") + element(0x0028_0010, rows)
            + element(0x0028_0011, columns) + element(0x0028_0100, bits) + element(0x0028_0101, bits)
            + element(0x0028_0102, bits - 1) + element(0x0028_0103, 0) + element(0x0062_0001, "CS", type)
            + sequence(0x0062_0002, names)
        if type == "FRACTIONAL" { dataset += element(0x0062_000E, maximum) }
        dataset += sequence(0x5200_9229, [shared]) + sequence(0x5200_9230, groups)
        dataset += element(0x7FE0_0010, bits == 16 ? "OW" : "OB", pixels)
        let sopClass = type == "LABELMAP" ? "66.7" : "66.4"
        return file(sopClass: "1.2.840.10008.5.1.4.1.1.\(sopClass)", dataset)
    }

    /// A structure set; `unknown` writes coordinates with the VR UN, as files do where they pass 64 kB.
    static func structures(
        _ regions: [(Int, String)], contours: [Contour], unknown: Bool = false
    ) -> [UInt8] {
        let names = regions.map { element(0x3006_0022, "IS", "\($0.0)") + element(0x3006_0026, "LO", $0.1) }
        let lists = regions.map { number, _ in
            let own = contours.filter { $0.region == number }.map { contour in
                element(0x3006_0042, "CS", contour.type) + element(0x3006_0046, "IS", "\(contour.points.count)")
                    + element(0x3006_0050, unknown ? "UN" : "DS", decimals(contour.points))
            }
            return sequence(0x3006_0040, own) + element(0x3006_0084, "IS", "\(number)")
        }
        return file(
            sopClass: "1.2.840.10008.5.1.4.1.1.481.3",
            element(0x0008_0060, "CS", "RTSTRUCT") + sequence(0x3006_0020, names) + sequence(0x3006_0039, lists))
    }

    private static func decimals(_ points: [Vector3]) -> String {
        points.flatMap { ["\($0.x)", "\($0.y)", "\($0.z)"] }.joined(separator: "\\")
    }
}
