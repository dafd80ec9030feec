import Foundation
import Imaging
import Testing

/// Standardised uptake values of PET slices.
///
/// `peer`: factors from Bq/ml (or from the stored uptake) that MIRP 2.3.3 gives for the same attributes, written with pydicom
/// 2.4: `ImageDicomFilePT(file_path:)`, product of `_get_administration_decay_factor`, `_get_pet_unit_conversion_factor`
/// and `_get_suv_conversion_factor`. MIRP's surface is 1000 times square metres; DICOM's CM2ML are square centimetres,
/// 10,000 times.
struct UptakeTests {
    struct Peer: Sendable, CustomTestStringConvertible {
        let name: String
        let slice: TestPET
        let measure: UptakeMeasure
        let factor: Double

        init(
            _ name: String, _ measure: UptakeMeasure, _ factor: Double,
            _ change: (inout TestPET) -> Void = { _ in }
        ) {
            self.name = name
            slice = TestPET().with(change)
            self.measure = measure
            self.factor = factor
        }

        var testDescription: String { name }
    }

    static let peers: [Peer] = [
        Peer("START", .bodyWeight, 0.00030227054112932976),
        Peer("START, injected the day before", .bodyWeight, 0.0002744337732189594) {
            $0.seriesTime = "001500"
            $0.acquisitionTime = "001500"
            $0.injectionTime = nil
            $0.injectionMoment = "20260310233000"
        },
        Peer("ADMIN", .bodyWeight, 0.00020655270655270654) { $0.decay = "ADMIN" },
        Peer("NONE", .bodyWeight, 0.0003245196481164373) {
            $0.decay = "NONE"
            $0.acquisitionTime = "103015"
        },
        Peer("James, man", .leanJames, 0.0002439648777293168),
        Peer("James, woman", .leanJames, 0.00022106352438403911) { $0.sex = "F" },
        Peer("Janmahasatian, man", .leanJanmahasatian, 0.00024108702874582133),
        Peer("Janmahasatian, woman", .leanJanmahasatian, 0.0001950844012331208) { $0.sex = "F" },
        Peer("surface", .surface, 10 * 7.918123934591127e-06),
        Peer("Philips' counts", .bodyWeight, 0.0005289734469763271) {
            $0.units = "CNTS"
            $0.philips = [0x7053_1009: "1.75"]
        },
        Peer("uptake by weight as it is", .bodyWeight, 1) { $0.units = "GML" },
        Peer("uptake by weight to James", .leanJames, 0.8071076884231789) { $0.units = "GML" },
        Peer("uptake by Janmahasatian to weight", .bodyWeight, 1.2537818509017105) {
            $0.units = "GML"
            $0.suvType = "LBMJANMA"
        },
        Peer("uptake by James to Janmahasatian", .leanJanmahasatian, 0.8824811862413516) {
            $0.units = "GML"
            $0.suvType = "LBMJAMES128"
            $0.sex = "F"
        },
    ]

    static func read(_ slices: [TestPET], _ measure: UptakeMeasure?) throws -> LoadedImage {
        try TestData.withFile("0.dcm") { path in
            for (index, slice) in slices.enumerated() {
                let file = URL(filePath: path).deletingLastPathComponent().appending(path: "\(index).dcm")
                try Data(slice.bytes).write(to: file)
            }
            let folder = URL(filePath: path).deletingLastPathComponent().path
            return try ImageReader.read(path: slices.count == 1 ? path : folder, uptake: measure)
        }
    }

    @Test("The factors are those of MIRP to 1e-6, single precision", arguments: peers)
    func factors(peer: Peer) throws {
        let image = try Self.read([peer.slice], peer.measure)
        for (value, stored) in zip(image.volume.voxels, TestPET.stored) {
            let expected = Double(stored) * 2.5 * peer.factor
            #expect(abs(Double(value) - expected) <= 1e-6 * expected)
        }
        #expect(image.uptake?.measure == peer.measure)
        #expect(image.uptake?.units == peer.slice.units)
    }

    /// By hand: 72.5 kg over 351 MBq that decayed for so many seconds.
    static func byHand(_ seconds: Double) -> Double { 72_500 / (3.51e8 * exp2(-seconds / 6586.2)) }

    @Test(
        "The time to which activity is corrected is found where makers hide it",
        arguments: [
            // Injected 23:30, no day is known.
            (
                "midnight",
                TestPET().with {
                    $0.seriesTime = "001500"
                    $0.acquisitionTime = "001500"
                    $0.injectionTime = "233000"
                }, 2_700, "SeriesTime"
            ),
            (
                "dates removed",
                TestPET().with {
                    $0.seriesDate = nil
                    $0.acquisitionDate = nil
                }, 3_618, "SeriesTime"
            ),
            // The series was processed at 15:00; GE's private group has the start of the scan.
            (
                "GE",
                TestPET().with {
                    $0.seriesTime = "150000"
                    $0.generalElectricScan = "20260311101900"
                }, 3_528, "GEMS_PETD_01 scan time"
            ),
            // The series was processed at 15:00; a bed taken 600 s after the start, 180 s long: its mean rate is near 90 s.
            (
                "second bed",
                TestPET().with {
                    $0.seriesTime = "150000"
                    $0.acquisitionTime = "103030"
                    $0.reference = "689857.923"
                }, 3_618, "FrameReferenceTime"
            ),
            // The injection is told in another time zone.
            (
                "time zone",
                TestPET().with {
                    $0.injectionTime = nil
                    $0.injectionMoment = "20260311082012+0000"
                    $0.offset = "+0100"
                }, 3_618, "SeriesTime"
            ),
        ] as [(String, TestPET, Double, String)])
    func references(name: String, slice: TestPET, seconds: Double, attribute: String) throws {
        let image = try Self.read([slice], .bodyWeight)
        let expected = 5_000 * Self.byHand(seconds)
        #expect(abs(Double(image.volume.voxels[1]) - expected) <= 1e-6 * expected, "\(name)")
        #expect(image.uptake?.referenceTime == attribute)
    }

    @Test("Slices that are not corrected for decay have a factor each")
    func slices() throws {
        let image = try Self.read(
            (0..<3).map { index in
                TestPET().with {
                    $0.decay = "NONE"
                    $0.z = 2 - index
                    $0.acquisitionTime = ["103000", "102500", "102030"][index]
                }
            }, .bodyWeight)
        let rate = log(2.0) / 6586.2
        let middle = log(rate * 180 / (1 - exp(-rate * 180))) / rate
        for (z, start) in [3_618.0, 3_888, 4_188].enumerated() {
            let expected = 5_000 * Self.byHand(start + middle)
            #expect(abs(Double(image.volume.voxels[4 * z + 1]) - expected) <= 1e-6 * expected)
        }
    }

    @Test("Philips' factor to uptake counts before that to activity, and without uptake the stored values stay")
    func counts() throws {
        let slice = TestPET().with {
            $0.units = "CNTS"
            $0.philips = [0x7053_1000: "0.0004", 0x7053_1009: "1.75"]
        }
        #expect(abs(try Self.read([slice], .bodyWeight).volume.voxels[1] - 2) < 1e-6)
        let stored = try Self.read([slice], nil)
        #expect(stored.volume.voxels == [250, 5_000, 0, 75_000])
        #expect(stored.uptake == nil)
    }

    @Test(
        "What is missing or contradicts itself is refused by the attribute's name",
        arguments: [
            ("PatientWeight", TestPET().with { $0.weight = nil }),
            ("PatientWeight", TestPET().with { $0.weight = "0" }),
            ("PatientWeight", TestPET().with { $0.weight = "72500" }),
            ("RadionuclideTotalDose", TestPET().with { $0.dose = nil }),
            ("RadionuclideTotalDose", TestPET().with { $0.dose = "351" }),
            ("RadionuclideHalfLife", TestPET().with { $0.halfLife = nil }),
            ("RadiopharmaceuticalStartTime", TestPET().with { $0.injectionTime = nil }),
            ("RadiopharmaceuticalStartTime", TestPET().with { $0.injectionTime = "9 am" }),
            // After the scan: that is nearly a day before it, more than ten half-lives of fluorine.
            ("RadiopharmaceuticalStartTime", TestPET().with { $0.injectionTime = "104000" }),
            ("RadiopharmaceuticalStartDateTime", TestPET().with { $0.injectionMoment = "20260311082012" }),
            ("RadiopharmaceuticalStartDateTime", TestPET().with { $0.injectionMoment = "20260211092012" }),
            ("RadiopharmaceuticalInformationSequence", TestPET().with { $0.hasInjection = false }),
            ("DecayCorrection", TestPET().with { $0.decay = nil }), ("Units", TestPET().with { $0.units = "PROPCNTS" }),
            ("Units", TestPET().with { $0.units = nil }), ("Units", TestPET().with { $0.units = "CNTS" }),
            ("SUVType", TestPET().with { ($0.units, $0.suvType) = ("GML", "LBM") }),
            ("CorrectedImage", TestPET().with { $0.corrected = "DECY" }),
            ("CorrectedImage", TestPET().with { $0.corrected = "ATTN" }),
            ("CorrectedImage", TestPET().with { $0.corrected = nil }),
            ("SeriesTime", TestPET().with { $0.seriesTime = nil }),
            ("AcquisitionTime", TestPET().with { $0.acquisitionTime = nil }),
            ("SeriesDate", TestPET().with { $0.acquisitionDate = nil }),
            ("FrameReferenceTime", TestPET().with { ($0.seriesTime, $0.reference) = ("150000", nil) }),
            ("ActualFrameDuration", TestPET().with { ($0.decay, $0.duration) = ("NONE", nil) }),
            ("Modality", TestPET().with { $0.modality = "CT" }),
        ] as [(String, TestPET)])
    func refused(field: String, slice: TestPET) throws {
        let error = #expect(throws: ImagingError.self) {
            try Self.read([slice], .bodyWeight)
        }
        #expect(error?.description.contains(field) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("0.dcm") == true)
    }

    @Test("Lean mass and surface need height and sex, and say so")
    func physique() throws {
        for (measure, field, slice) in [
            (.leanJames, "PatientSex", TestPET().with { $0.sex = "O" }),
            (.leanJanmahasatian, "PatientSize", TestPET().with { $0.height = "178" }),
            (.surface, "PatientSize", TestPET().with { $0.height = nil }),
            // James' formula ends where the mass outgrows the height.
            (.leanJames, "PatientWeight", TestPET().with { ($0.weight, $0.height) = ("450", "1.5") }),
        ] as [(UptakeMeasure, String, TestPET)] {
            let error = #expect(throws: ImagingError.self) { try Self.read([slice], measure) }
            #expect(error?.description.contains(field) == true)
        }
    }

    @Test("Slices of two scans, and images that are no PET, are refused")
    func mixed() throws {
        let other = TestPET().with { ($0.z, $0.dose) = (1, "3.6e8") }
        #expect(throws: ImagingError.self) { try Self.read([TestPET(), other], .bodyWeight) }
        try TestData.withFile("a.nii") { path in
            try NIfTIWriter.write(TestData.noise(TestData.obliqueGeometry), path: path)
            let error = #expect(throws: ImagingError.self) { try ImageReader.read(path: path, uptake: .bodyWeight) }
            #expect(error?.description.contains("SUV") == true)
        }
    }
}
