import Imaging

/// A PET slice of two by two voxels made here: what it says can be changed or left out (nil).
struct TestPET {
    var units: String? = "BQML"
    var decay: String? = "START"
    var suvType: String?
    var corrected: String? = "ATTN\\DECY"
    var weight: String? = "72.5"
    var height: String? = "1.78"
    var sex: String? = "M"
    var seriesDate: String? = "20260311"
    var seriesTime: String? = "102030"
    var acquisitionDate: String? = "20260311"
    var acquisitionTime: String? = "102030"
    var offset: String?
    var injectionTime: String? = "092012"
    var injectionMoment: String?
    var halfLife: String? = "6586.2"
    var dose: String? = "3.51e8"
    var duration: String? = "180000"
    var reference: String? = "0"
    /// Philips' factors, written by elements of a private block.
    var philips: [UInt32: String] = [:]
    var generalElectricScan: String?
    var hasInjection = true
    var z = 0
    var modality = "PT"

    /// Stored values; the slope is 2.5.
    static let stored = [100, 2_000, 0, 30_000]

    /// The bytes of the file: explicit VR, little endian, ascending tags.
    var bytes: [UInt8] {
        func text(_ tag: UInt32, _ vr: String, _ value: String?) -> [UInt8] {
            value.map { TestDICOM.element(tag, vr, $0) } ?? []
        }
        let sopClass = "1.2.840.10008.5.1.4.1.1.128"
        let injection =
            text(0x0018_1072, "TM", injectionTime) + text(0x0018_1074, "DS", dose) + text(0x0018_1075, "DS", halfLife)
            + text(0x0018_1078, "DT", injectionMoment)
        var file = TestDICOM.header(sopClass: sopClass)
        file += text(0x0008_0016, "UI", sopClass) + text(0x0008_0018, "UI", "1.2.3.\(z + 4)")
        file += text(0x0008_0021, "DA", seriesDate) + text(0x0008_0022, "DA", acquisitionDate)
        file += text(0x0008_0031, "TM", seriesTime) + text(0x0008_0032, "TM", acquisitionTime)
        file += text(0x0008_0060, "CS", modality) + text(0x0008_0201, "SH", offset)
        if let generalElectricScan {
            file += text(0x0009_0010, "LO", "GEMS_PETD_01") + text(0x0009_100D, "DT", generalElectricScan)
        }
        file += text(0x0010_0010, "PN", "Mustermann^Erika") + text(0x0010_0040, "CS", sex)
        file += text(0x0010_1020, "DS", height) + text(0x0010_1030, "DS", weight)
        file += text(0x0018_0050, "DS", "3") + text(0x0018_1242, "IS", duration)
        file += text(0x0020_000D, "UI", "1.2.3.5") + text(0x0020_000E, "UI", "1.2.3.4")
        file += text(0x0020_0032, "DS", "0\\0\\\(3 * z)") + text(0x0020_0037, "DS", "1\\0\\0\\0\\1\\0")
        file += TestDICOM.element(0x0028_0002, 1) + text(0x0028_0004, "CS", "MONOCHROME2")
        file += TestDICOM.element(0x0028_0010, 2) + TestDICOM.element(0x0028_0011, 2)
        file += text(0x0028_0030, "DS", "4\\4") + text(0x0028_0051, "CS", corrected)
        file += TestDICOM.element(0x0028_0100, 16) + TestDICOM.element(0x0028_0101, 16)
        file += TestDICOM.element(0x0028_0102, 15) + TestDICOM.element(0x0028_0103, 0)
        file += text(0x0028_1052, "DS", "0") + text(0x0028_1053, "DS", "2.5")
        if hasInjection { file += TestDICOM.sequence(0x0054_0016, [injection]) }
        file += text(0x0054_1001, "CS", units) + text(0x0054_1006, "CS", suvType) + text(0x0054_1102, "CS", decay)
        file += text(0x0054_1300, "DS", reference)
        if !philips.isEmpty {
            file += text(0x7053_0010, "LO", "Philips PET Private Group")
            for (tag, value) in philips.sorted(by: { $0.key < $1.key }) { file += text(tag, "DS", value) }
        }
        return file + TestDICOM.element(0x7FE0_0010, "OW", Self.stored.flatMap { TestDICOM.little(UInt16($0)) })
    }

    /// The same slice with some of its values changed.
    func with(_ change: (inout TestPET) -> Void) -> TestPET {
        var copy = self
        change(&copy)
        return copy
    }
}
