public import StudyProtocol

/// How an image and its mask are disturbed to see which features stand it (Zwanenburg et al. 2019, Sci Rep 9:614).
///
/// Everything is drawn from the seed and the image's content: neither the number of threads nor where the image is cropped
/// changes a draw, and a kind of disturbance that is switched off leaves the draws of the others as they are.
public struct Perturbation: Sendable, Hashable, Codable {
    /// The grid is moved by up to so many voxels along each axis (planar: within the slices); uniform.
    public var shift = 0.0
    /// The image is turned within its slices by up to so many degrees, about the middle of the tumour; uniform.
    public var rotate = 0.0
    /// The contour is moved out or in by up to so many millimetres; uniform.
    public var grow = 0.0
    /// The volume of the mask is changed by up to this fraction; uniform, after `grow`.
    public var volume = 0.0
    /// Gaussian noise of so many times the standard deviation that is estimated for the image is added.
    public var noise = 0.0
    /// The contour is displaced by a smooth random field with this standard deviation in millimetres.
    public var contour = 0.0
    /// How wide a bulge of that field is, in millimetres.
    public var patch = 10.0
    /// How often all of this is done, each time anew.
    public var repeats = 10
    /// What everything is drawn from.
    public var seed: UInt64 = 1

    /// What `init(text)` reads.
    public static let form =
        "shift=VOXELS,rotate=DEGREES,grow=MM,volume=FRACTION,noise=FACTOR,contour=MM,patch=MM,repeats=10,seed=1; "
        + "at least one of the first four, noise or contour"

    private static let bounds: [String: ClosedRange<Double>] = [
        "shift": 0...1, "rotate": 0...45, "grow": 0...20, "volume": 0...0.8, "noise": 0...10, "contour": 0...10,
        "patch": 1...100,
    ]

    /// Reads `shift=0.5,rotate=5,grow=1,noise=1,contour=1,repeats=10,seed=1`, as `--perturb` and the key `perturb` take it.
    ///
    /// - Throws: `PerturbationTextError` with the key and the remedy.
    public init(_ text: String) throws(PerturbationTextError) {
        var given: Set<String> = []
        for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard sides.count == 2 else { throw PerturbationTextError("'\(pair)' is not KEY=VALUE; \(Self.form)") }
            let (key, value) = (sides[0], sides[1])
            guard given.insert(key).inserted else { throw PerturbationTextError("'\(key)' is given twice") }
            if key == "repeats" {
                guard let count = Int(value), (2...1_000).contains(count) else {
                    throw PerturbationTextError("repeats: give a whole number from 2 to 1000")
                }
                repeats = count
            } else if key == "seed" {
                guard let number = UInt64(value) else { throw PerturbationTextError("seed: give a whole number") }
                seed = number
            } else {
                guard let range = Self.bounds[key] else {
                    throw PerturbationTextError("'\(key)' is not known; \(Self.form)")
                }
                guard let number = Double(value), range.contains(number) else {
                    throw PerturbationTextError("\(key): give a number from \(range.lowerBound) to \(range.upperBound)")
                }
                set(key, number)
            }
        }
        guard [shift, rotate, grow, volume, noise, contour].contains(where: { $0 > 0 }) else {
            throw PerturbationTextError("nothing is disturbed; \(Self.form)")
        }
    }

    private mutating func set(_ key: String, _ number: Double) {
        switch key {
        case "shift": shift = number
        case "rotate": rotate = number
        case "grow": grow = number
        case "volume": volume = number
        case "noise": noise = number
        case "contour": contour = number
        default: patch = number
        }
    }

    /// The key `perturb` of a settings file, or nil without it. The other keys are those of `ProcessingSettings`.
    ///
    /// - Throws: `ConfigurationError` with file, line, field and remedy.
    public static func read(yaml: String, file: String) throws(ConfigurationError) -> Perturbation? {
        let root = try ConfigurationReader(text: yaml, file: file)
        guard root.has("perturb") else { return nil }
        let text = try root.string("perturb")
        do throws(PerturbationTextError) {
            return try Perturbation(text)
        } catch {
            throw root.fault("perturb", error.description)
        }
    }
}

/// What is wrong with the text of a perturbation, with the remedy.
public struct PerturbationTextError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The key and the remedy.
    public let description: String

    init(_ description: String) { self.description = description }
}
