import Imaging
import LocalValidation
import TestKit
import Testing

/// Against SimpleITK 2.5, scipy 1.17 and scikit-learn 1.9 (`data/validation/README.md`).
struct ContourTests {
    static let file = "data/validation/contours_two_readers_2d.json"

    static func masks(_ input: JSONFixture) -> [(name: String, mask: Mask)] {
        let (rows, columns) = (Int(input["shape"].list[0].number), Int(input["shape"].list[1].number))
        let geometry = Geometry(
            size: GridSize(columns, rows, 1),
            spacing: Vector3(input["spacing"].list[1].number, input["spacing"].list[0].number, 1))
        return ["reader1", "reader2"].map { name in
            var voxels = [UInt8](repeating: 0, count: rows * columns)
            for run in input["\(name)_runs"].list {
                let (start, length) = (Int(run.list[0].number), Int(run.list[1].number))
                for index in start..<start + length { voxels[index] = 1 }
            }
            return (name, Mask(geometry: geometry, voxels: voxels))
        }
    }

    static let keys: [(String, StatisticName, String)] = [
        ("sitk_dice", .dice, ""), ("sitk_jaccard", .jaccard, ""), ("sitk_hausdorff", .hausdorff, "regions"),
        ("surface_hd_max", .hausdorff, "contours"), ("hd95_max_of_directed", .hausdorff95, "larger of two directions"),
        ("hd95_pooled", .hausdorff95, "pooled"), ("assd_pooled", .surfaceDistance, "pooled"),
        ("assd_mean_of_means", .surfaceDistance, "mean of two directions"),
        ("kappa_bbox_pad0", .kappa, "voxels, bounding box and 0 voxels"),
        ("kappa_bbox_pad5", .kappa, "voxels, bounding box and 5 voxels"),
        ("kappa_bbox_pad20", .kappa, "voxels, bounding box and 20 voxels"),
        ("kappa_full_grid", .kappa, "voxels, whole grid"),
    ]

    @Test(
        "Overlap, distances and kappas of tumour and ring are the packages' to 1e-10",
        .enabled(if: SharedData.available(file), "no shared data"), arguments: [0, 1])
    func fixtures(index: Int) throws {
        let json = try JSONFixture.shared(Self.file)["cases"].list[index]
        let width = json["input"]["peritumoral_mm"].number
        let records = try ContourAnalysis(Self.masks(json["input"]), planar: false, tolerance: 1)
            .results(rings: [(from: 0, to: width)])
        for (region, key) in [("tumour", "tumour"), ("ring 0-\(Int(width)) mm", "peritumoral_ring")] {
            let expected = json["expected"][key]
            for (field, name, note) in Self.keys {
                let variant = note.isEmpty ? region : "\(region), \(note)"
                let found = try LocalValidationTests.find(records, name, variant)
                #expect(abs((found.estimate ?? .nan) - expected[field].number) < 1e-10, "\(variant) \(field)")
            }
        }
    }

    static func box(_ x: ClosedRange<Int>, _ z: ClosedRange<Int>, spacing: Vector3 = Vector3(1, 1, 2)) -> Mask {
        let size = GridSize(20, 20, 12)
        var voxels = [UInt8](repeating: 0, count: size.count)
        for k in z { for j in 5...10 { for i in x { voxels[(k * 20 + j) * 20 + i] = 1 } } }
        return Mask(geometry: Geometry(size: size, spacing: spacing), voxels: voxels)
    }

    @Test("A box shifted along x: distances, volumes and overlap by hand; equal masks agree in everything")
    func byHand() throws {
        let shifted = try ContourAnalysis(
            [("a", Self.box(4...9, 3...6)), ("b", Self.box(6...11, 3...6))], planar: false, tolerance: 2
        ).results(rings: [])
        func value(_ name: StatisticName, _ variant: String) throws -> Double {
            try LocalValidationTests.find(shifted, name, variant).estimate ?? .nan
        }
        #expect(try value(.dice, "tumour") == 4.0 / 6)
        #expect(try value(.jaccard, "tumour") == 0.5)
        #expect(try value(.hausdorff, "tumour, contours") == 2)
        #expect(try value(.surfaceDice, "tumour, 2 mm") == 1)
        #expect(try value(.volumeDifference, "tumour, mm3") == 0)
        let equal = try ContourAnalysis(
            [("a", Self.box(4...9, 3...6)), ("b", Self.box(4...9, 3...6)), ("c", Self.box(4...9, 3...6))],
            planar: false,
            tolerance: 0
        ).results(rings: [(from: 0, to: 3)])
        #expect(equal.count == 3 * 2 * 15)
        for record in equal {
            let isShare = ["Dice", "Jaccard", "surface-Dice", "kappa"].contains(record.statistic)
            // Within the box itself a full box has one category.
            if record.status == "not_estimable" {
                #expect(record.variant.hasSuffix("tumour, voxels, bounding box and 0 voxels"))
            } else {
                #expect(record.estimate == (isShare ? 1 : 0), "\(record.variant)")
            }
        }
    }

    @Test("Masks of other grids, one mask, and slices of one reader only are refused")
    func refused() throws {
        let mask = Self.box(4...9, 3...6)
        #expect(throws: LocalValidationError.self) { try ContourAnalysis([("a", mask)], planar: false, tolerance: 1) }
        let other = Self.box(4...9, 3...6, spacing: Vector3(1, 1, 1))
        #expect(throws: ImagingError.self) {
            try ContourAnalysis([("a", mask), ("b", other)], planar: false, tolerance: 1)
        }
        let below = Self.box(4...9, 3...7)
        #expect(throws: ImagingError.self) {
            try ContourAnalysis([("a", mask), ("b", below)], planar: true, tolerance: 1).results(rings: [])
        }
    }
}
