"""The decorator, on everything that it decorates."""

import asyncio
import inspect
import io
import unittest
import unittest.mock

import pytest
from asking import MONDAY, total

from sesv2_fake import FakeSESv2, mock_sesv2
from sesv2_fake.intercept.interceptor import interceptor

SENDER = "news@example.com"


def seed_and_ask(fake):
    fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    return total("SEND")


@mock_sesv2
def test_bare_on_a_function(sesv2_fake):
    assert seed_and_ask(sesv2_fake) == 1


@mock_sesv2(contract="live")
def test_called_on_a_function(sesv2_fake):
    assert seed_and_ask(sesv2_fake) == 1


@mock_sesv2
def test_without_the_parameter():
    assert total("SEND") == 0


@mock_sesv2
@pytest.mark.parametrize("count", [1, 20])
def test_with_parameters_and_other_fixtures(tmp_path, sesv2_fake, count):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=count)

    assert total("SEND") == count
    assert tmp_path.is_dir()


@pytest.mark.parametrize("count", [1, 20])
@mock_sesv2()
def test_beneath_other_decorators(count, sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=count)

    assert total("SEND") == count


@pytest.fixture
@mock_sesv2
def seeded(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    yield sesv2_fake
    assert sesv2_fake.is_active


def test_on_a_fixture_that_yields(seeded):
    assert seeded.is_active
    assert total("SEND") == 1


def test_each_call_has_a_fake_of_its_own():
    @mock_sesv2
    def seed(sesv2_fake):
        return sesv2_fake, seed_and_ask(sesv2_fake)

    (first, first_count), (second, second_count) = seed(), seed()

    assert first is not second
    assert (first_count, second_count) == (1, 1)
    assert not first.is_active


def test_a_function_may_call_itself():
    @mock_sesv2
    def count_down(n, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
        if n:
            count_down(n - 1)
        return total("SEND")

    assert count_down(2) == 1


def test_a_coroutine():
    @mock_sesv2
    async def ask_later(sesv2_fake):
        await asyncio.sleep(0)
        return seed_and_ask(sesv2_fake)

    assert inspect.iscoroutinefunction(ask_later)
    assert asyncio.run(ask_later()) == 1


def test_an_async_generator():
    @mock_sesv2
    async def ask_often(sesv2_fake):
        yield seed_and_ask(sesv2_fake)
        yield seed_and_ask(sesv2_fake)

    async def collect():
        return [count async for count in ask_often()]

    assert inspect.isasyncgenfunction(ask_often)
    assert asyncio.run(collect()) == [1, 2]


def test_name_docstring_and_signature_stay():
    def documented(a, *, sesv2_fake, b=2):
        """Say something."""

    wrapped = mock_sesv2(documented)

    assert wrapped.__wrapped__ is documented
    assert (wrapped.__name__, wrapped.__doc__) == ("documented", "Say something.")
    assert str(inspect.signature(wrapped)) == "(a, *, b=2)"


def test_a_result_and_an_exception_come_through():
    @mock_sesv2
    def double(n):
        if n < 0:
            raise ArithmeticError(n)
        return 2 * n

    assert double(n=4) == 8
    with pytest.raises(ArithmeticError):
        double(-1)


@mock_sesv2
class TestPlainClass:
    """A class as pytest collects it."""

    value = 7

    def test_each_method_has_a_fake(self, sesv2_fake):
        assert seed_and_ask(sesv2_fake) == self.value - 6

    def test_each_test_has_a_fresh_fake(self, sesv2_fake, tmp_path):
        assert seed_and_ask(sesv2_fake) == 1

    def test_without_the_parameter(self):
        assert total("SEND") == 0

    @staticmethod
    def test_static(sesv2_fake):
        assert seed_and_ask(sesv2_fake) == 1


@mock_sesv2
class TestPlainClassWithSteps:
    """One fake from `setup_method` to `teardown_method`."""

    def setup_method(self, method, sesv2_fake):
        assert method.__name__.startswith("test")
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    def teardown_method(self):
        assert total("SEND") == 2

    def test_the_steps_share_the_tests_fake(self, sesv2_fake):
        assert seed_and_ask(sesv2_fake) == 2

    def test_also_where_no_parameter_asks(self):
        with mock_sesv2():
            assert total("SEND") == 0
        assert total("SEND") == 1
        self.test_the_steps_share_the_tests_fake()


@mock_sesv2
class TestPlainClassWithSetUpAlone:
    def setup_method(self):
        self.before = total("SEND")

    def test_set_up_was_answered(self, sesv2_fake):
        assert self.before == 0
        assert len(sesv2_fake.calls) == 1


class Bases:  # not at the top, where pytest would run it too
    class Inherited(unittest.TestCase):
        def test_inherited(self, sesv2_fake):
            self.assertEqual(seed_and_ask(sesv2_fake), 1)


@mock_sesv2(contract="live")
class TestCaseDecorated(Bases.Inherited):
    def setUp(self):
        self.before = total("SEND")

    def tearDown(self):
        self.assertGreaterEqual(total("SEND"), 0)

    def test_set_up_and_test_share_a_fake(self, sesv2_fake):
        self.assertEqual(self.before, 0)
        self.assertEqual(seed_and_ask(sesv2_fake), 1)
        self.assertEqual(len(sesv2_fake.calls), 2)

    def test_without_the_parameter(self):
        self.assertEqual(total("SEND"), 0)


@mock_sesv2
class TestAsyncCaseDecorated(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    async def test_set_up_and_test_share_a_fake(self, sesv2_fake):
        self.assertEqual(seed_and_ask(sesv2_fake), 2)


def run_case(case):
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def test_a_case_run_by_unittest_itself_ends_its_fakes():
    seen = []

    @mock_sesv2
    class Case(unittest.TestCase):
        def test_passes(self, sesv2_fake):
            seen.append(sesv2_fake)

        def test_fails(self, sesv2_fake):
            seen.append(sesv2_fake)
            self.fail()

        @unittest.skip("to see that it ends")
        def test_skipped(self, sesv2_fake):
            seen.append(sesv2_fake)

    result = run_case(Case)

    assert [len(some) for some in (result.failures, result.errors, result.skipped)] == [1, 0, 1]
    assert [fake.is_active for fake in seen] == [False, False]
    with pytest.raises(RuntimeError, match="not active"):
        FakeSESv2().send(SENDER, "ann@gmail.com")


def test_unittest_shows_the_report_below_each_failure():
    @mock_sesv2
    class Case(unittest.TestCase):
        def setUp(self, sesv2_fake):
            sesv2_fake.deny(optional=True)
            if "set_up" in self._testMethodName:
                raise ArithmeticError

        def test_fails(self):
            self.assertEqual(total("SEND"), 1)

        def test_never_after_set_up(self):
            """Not reached."""

        def test_has_subtests(self, sesv2_fake):
            for number in range(3):
                with self.subTest(number=number):
                    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
                    self.assertEqual(number, 1)

        def test_runs_another(self):
            Other("test_fails").run(result)

    class Other(unittest.TestCase):
        def test_fails(self):
            self.fail("of another")

    loader, result = unittest.defaultTestLoader, unittest.TestResult()
    loader.loadTestsFromTestCase(Case).run(result)

    texts = {
        failed.id().rpartition("<locals>.")[2]: text
        for failed, text in [*result.failures, *result.errors]
    }
    reports = {name: text.partition("- sesv2_fake -")[2] for name, text in texts.items()}
    assert {name: bool(report) for name, report in reports.items()} == {
        "Other.test_fails": False,
        "Case.test_fails": True,
        "Case.test_never_after_set_up": True,
        "Case.test_has_subtests (number=0)": True,
        "Case.test_has_subtests (number=2)": True,
    }
    assert "ACCESS_DENIED" in reports["Case.test_fails"]
    assert "SEND" in reports["Case.test_has_subtests (number=0)"]
    assert "\nno calls\n" in reports["Case.test_never_after_set_up"]


@pytest.mark.parametrize("verbosity", [1, 2])
def test_unittest_shows_all_of_the_report_if_it_is_verbose(verbosity):
    @mock_sesv2
    class Case(unittest.TestCase):
        def test_fails(self):
            for _ in range(100):
                total("SEND")
            self.fail()

    stream = io.StringIO()
    unittest.TextTestRunner(stream, verbosity=verbosity).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(Case)
    )

    report = stream.getvalue().partition("- sesv2_fake -")[2].partition("\n\n")[0]
    is_whole = report.count("'q' SEND") == 100
    assert (is_whole, report.endswith("\n-v shows more")) == (verbosity == 2, verbosity == 1)


def test_pytest_shows_the_report_of_a_case_once(pytester):
    pytester.makepyfile(
        """
        import unittest
        from sesv2_fake import mock_sesv2

        @mock_sesv2
        class TestIt(unittest.TestCase):
            def test_fails(self):
                self.fail()
        """
    )

    assert pytester.runpytest().stdout.str().count("nothing seeded") == 1


def test_an_error_of_set_up_ends_the_fake():
    seen = []

    @mock_sesv2
    class Case(unittest.TestCase):
        def setUp(self, sesv2_fake):
            seen.append(sesv2_fake)
            raise ArithmeticError

        def test_never(self):
            """Not reached."""

    result = run_case(Case)

    assert len(result.errors) == 1
    assert not seen[0].is_active


@mock_sesv2
class TestSubclass(TestCaseDecorated):
    """Of a class that is decorated too: one fake a test."""

    def test_of_its_own(self, sesv2_fake):
        self.assertEqual(len(sesv2_fake.calls), 1)


@mock_sesv2
class TestPlainSubclass(TestPlainClassWithSteps):
    def test_of_its_own(self, sesv2_fake):
        assert seed_and_ask(sesv2_fake) == 2


@mock_sesv2
class TestMethodsWithDecoratorsOfTheirOwn:
    @mock_sesv2(vdm_enabled=False)
    def test_a_fake_of_its_own_is_the_innermost(self, sesv2_fake):
        assert not sesv2_fake.vdm_enabled

    @unittest.mock.patch("os.getcwd", return_value="/")
    @mock_sesv2
    def test_other_decorators_stay(self, sesv2_fake, getcwd):
        assert getcwd() == "/"
        assert sesv2_fake.is_active


@mock_sesv2
class TestInheritsThem(TestMethodsWithDecoratorsOfTheirOwn):
    """All of them again."""


def test_an_error_of_setup_method_or_teardown_method_ends_the_fake(pytester):
    pytester.makepyfile(
        """
        from sesv2_fake import mock_sesv2

        seen = []

        @mock_sesv2
        class TestSetUp:
            def setup_method(self, sesv2_fake):
                seen.append(sesv2_fake)
                raise ArithmeticError

            def test_never(self): pass

        @mock_sesv2
        class TestTearDown:
            def teardown_method(self, sesv2_fake):
                seen.append(sesv2_fake)
                sesv2_fake.throttle()
                raise ArithmeticError

            def test_once(self): pass

        def test_both_ended():
            assert [fake.is_active for fake in seen] == [False, False]
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=2, errors=2)
    result.stdout.no_fnmatch_line("*not triggered as often*")


class Mixin:
    def setUp(self):
        self.is_set_up = True


@mock_sesv2
class Bare(unittest.TestCase):
    pass


class TestMixedIn(Bare, Mixin, unittest.TestCase):
    def test_the_mixins_set_up_is_found(self):
        self.assertTrue(self.is_set_up)


@unittest.mock.patch("os.getcwd", return_value="/")
@mock_sesv2
def test_beneath_a_mock_that_gives_an_argument(sesv2_fake, getcwd):
    assert seed_and_ask(sesv2_fake) == 1
    assert getcwd() == "/"


def test_the_parameter_may_stand_anywhere():
    @mock_sesv2
    def between(first, sesv2_fake, second=2, *rest, third=3):
        return first, second, rest, third, sesv2_fake.is_active

    assert between(1) == (1, 2, (), 3, True)
    assert between(1, 5, 6, third=7) == (1, 5, (6,), 7, True)
    with pytest.raises(TypeError, match="sesv2_fake"):
        between(1, sesv2_fake="mine")


@pytest.mark.parametrize("kind", [staticmethod, classmethod])
def test_it_stands_below_staticmethod_and_classmethod(kind):
    with pytest.raises(TypeError, match="put it below staticmethod, classmethod"):
        mock_sesv2(kind(seed_and_ask))


@pytest.mark.skipif(
    inspect.isfunction(pytest.fixture(lambda: None)), reason="before pytest 8.4 a function as any"
)
def test_it_stands_below_a_fixture():
    with pytest.raises(TypeError, match=r"put it below .* pytest\.fixture"):
        mock_sesv2(pytest.fixture(seed_and_ask))


@pytest.mark.parametrize("target", [7, "test", None])
def test_a_value_that_is_no_function_or_class_is_an_error(target):
    with pytest.raises(TypeError, match="decorates functions and classes"):
        mock_sesv2()(target)


class TestBeneathOtherDecorators:
    """Of those that add positional arguments, such as `mock.patch`, above it or below it."""

    @mock_sesv2
    @unittest.mock.patch("os.getcwd", return_value="/")
    def test_above_a_patch(self, getcwd, sesv2_fake):
        assert getcwd() == "/"
        assert seed_and_ask(sesv2_fake) == 1

    @mock_sesv2
    @unittest.mock.patch("os.getcwd", return_value="/")
    @unittest.mock.patch("os.getpid", return_value=1)
    def test_above_two(self, getpid, getcwd, sesv2_fake):
        assert (getpid(), getcwd()) == (1, "/")
        assert seed_and_ask(sesv2_fake) == 1

    @mock_sesv2
    @unittest.mock.patch("os.getcwd", return_value="/")
    def test_the_fakes_parameter_first(self, sesv2_fake, getcwd):
        assert getcwd() == "/"
        assert seed_and_ask(sesv2_fake) == 1

    @mock_sesv2
    @unittest.mock.patch("os.getcwd", return_value="/")
    def test_without_the_fakes_parameter(self, getcwd):
        assert getcwd() == "/"
        assert total("SEND") == 0

    @unittest.mock.patch("os.getcwd", return_value="/")
    @mock_sesv2
    @unittest.mock.patch("os.getpid", return_value=1)
    def test_between_two(self, getpid, getcwd, sesv2_fake):
        assert (getpid(), getcwd()) == (1, "/")
        assert seed_and_ask(sesv2_fake) == 1

    def test_of_a_coroutine(self):
        @mock_sesv2
        @unittest.mock.patch("os.getcwd", return_value="/")
        async def ask_later(getcwd, sesv2_fake):
            return getcwd(), seed_and_ask(sesv2_fake)

        assert asyncio.run(ask_later()) == ("/", 1)


@mock_sesv2
class TestPatchedMethodsOfADecoratedClass:
    @unittest.mock.patch("os.getcwd", return_value="/")
    def test_with_the_fake(self, getcwd, sesv2_fake):
        assert getcwd() == "/"
        assert seed_and_ask(sesv2_fake) == 1

    @unittest.mock.patch("os.getcwd", return_value="/")
    def test_without_the_fake(self, getcwd):
        assert getcwd() == "/"
        assert total("SEND") == 0


@mock_sesv2
class TestPatchedMethodsOfADecoratedCase(unittest.TestCase):
    @unittest.mock.patch("os.getcwd", return_value="/")
    def test_with_the_fake(self, getcwd, sesv2_fake):
        self.assertEqual(getcwd(), "/")
        self.assertEqual(seed_and_ask(sesv2_fake), 1)


@mock_sesv2(contract="live")
class TestOuter:
    """Classes of tests within a decorated class are decorated with it."""

    class TestInner:
        def test_it_has_a_fake_of_its_own_with_the_options(self, sesv2_fake):
            assert "live" in repr(sesv2_fake)
            assert seed_and_ask(sesv2_fake) == 1

        class TestInnermost(unittest.TestCase):
            def test_a_class_in_an_inner_class_has_one_too(self, sesv2_fake):
                self.assertIn("live", repr(sesv2_fake))

        @mock_sesv2(contract="documented")
        def test_the_nearest_decorator_wins(self, sesv2_fake):
            assert "documented" in repr(sesv2_fake)

    class Helper:
        def test_data(self, sesv2_fake):
            return sesv2_fake

    def test_a_class_without_tests_is_left_alone(self):
        assert self.Helper().test_data("as it is") == "as it is"


@mock_sesv2(contract="live")
class TestAutouseFixtureOfADecoratedClass:
    """The fixture of pytest and the decorator give one fake to a test."""

    @pytest.fixture(autouse=True)
    def _seed(self, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
        self.fake = sesv2_fake

    def test_its_seeds_are_seen(self, sesv2_fake):
        assert sesv2_fake is self.fake
        assert "live" in repr(sesv2_fake)
        assert seed_and_ask(sesv2_fake) == 2

    def test_without_the_parameter_too(self):
        assert total("SEND") == 1


@mock_sesv2
class TestAutouseFixtureBesideSetupMethod:
    def setup_method(self, sesv2_fake):
        self.of_set_up = sesv2_fake

    @pytest.fixture(autouse=True)
    def _seed(self, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
        self.of_fixture = sesv2_fake

    def test_all_have_one_fake(self, sesv2_fake):
        assert sesv2_fake is self.of_set_up is self.of_fixture
        assert total("SEND") == 1


def test_a_fixture_that_comes_before_setup_method_has_its_fake_too(pytester):
    pytester.makepyfile(
        """
        import pytest
        from sesv2_fake import mock_sesv2

        @pytest.fixture(autouse=True)
        def before(sesv2_fake):
            yield sesv2_fake
            assert sesv2_fake.is_active

        @mock_sesv2
        class TestAll:
            def setup_method(self, sesv2_fake):
                self.of_set_up = sesv2_fake

            def teardown_method(self, sesv2_fake):
                assert sesv2_fake.is_active

            def test_it(self, before, sesv2_fake):
                assert before is self.of_set_up is sesv2_fake
        """
    )

    pytester.runpytest().assert_outcomes(passed=1)


def test_debug_has_the_fake_of_set_up():
    """`TestCase.debug()` runs a test without a result, as debuggers do."""
    seen = []

    @mock_sesv2
    class Case(unittest.TestCase):
        def setUp(self, sesv2_fake):
            sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
            seen.append(sesv2_fake)

        def test_it(self, sesv2_fake):
            assert sesv2_fake is seen[0]
            assert total("SEND") == 1

        def test_that_fails(self, sesv2_fake):
            sesv2_fake.throttle()
            raise KeyError

    Case("test_it").debug()
    with pytest.raises(KeyError):
        Case("test_that_fails").debug()

    assert [fake.is_active for fake in seen] == [False, False]


def test_a_fake_that_does_not_start_leaves_a_case_as_it_was(monkeypatch):
    @mock_sesv2
    class Case(unittest.TestCase):
        def test_it(self):
            """Never reached."""

    case = Case("test_it")
    with monkeypatch.context() as patch:
        patch.setattr("sesv2_fake.intercept.interceptor.Interceptor.add", None)
        with pytest.raises(TypeError):
            case.debug()

    assert run_case(Case).wasSuccessful()
    case.debug()


def problems_of(case):
    """What unittest itself says of a class of tests: its problems' last lines, without reports."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    texts = [text.partition("\n---")[0] for _, text in result.errors + result.failures]
    return [text.strip().splitlines()[-1] for text in texts]


class TestTheFakeOfAClass:
    """What a class prepares for all its tests is answered too."""

    def test_from_set_up_class_to_tear_down_class(self):
        seen = []

        @mock_sesv2
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.addClassCleanup(lambda: seen.append(("clean-up", total("SEND"))))
                seen.append(("set up", total("SEND")))

            def test_it(self, sesv2_fake):
                seen.append(("test", seed_and_ask(sesv2_fake)))

            @classmethod
            def tearDownClass(cls, sesv2_fake):
                seen.append(("tear down", total("SEND")))
                assert len(sesv2_fake.calls) == 2

        assert problems_of(Case) == []
        assert seen == [("set up", 0), ("test", 1), ("tear down", 0), ("clean-up", 0)]
        assert not interceptor.active

    def test_a_child_calls_its_parents_steps(self):
        @mock_sesv2
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls, sesv2_fake):
                cls.seeded = seed_and_ask(sesv2_fake)

        class Child(Case):
            @classmethod
            def setUpClass(cls, sesv2_fake):
                super().setUpClass()
                assert total("SEND") == cls.seeded == 1

            @classmethod
            def tearDownClass(cls):
                super().tearDownClass()
                assert total("SEND") == 1

            def test_it(self, sesv2_fake):
                assert seed_and_ask(sesv2_fake) == 1

        assert problems_of(Child) == []
        assert not interceptor.active

    def test_it_ends_if_a_step_fails(self):
        @mock_sesv2
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls, sesv2_fake):
                sesv2_fake.throttle()
                raise ArithmeticError("on its own")

            def test_never(self): ...

        assert problems_of(Case) == ["ArithmeticError: on its own"]
        assert not interceptor.active

    def test_of_plain_classes_too(self, pytester):
        pytester.makepyfile(
            """
            import pytest
            from asking import total
            from sesv2_fake import mock_sesv2
            from sesv2_fake.intercept.interceptor import interceptor

            @mock_sesv2
            class TestParent:
                @classmethod
                def setup_class(cls):
                    assert total("SEND") == 0

                def test_it(self): pass

                @staticmethod
                def teardown_class():
                    assert total("SEND") == 0

            class TestChild(TestParent):
                @classmethod
                def setup_class(cls, sesv2_fake):
                    super().setup_class()
                    sesv2_fake.send("news@example.com", "ann@gmail.com")

                @classmethod
                def teardown_class(cls, sesv2_fake):
                    super().teardown_class()
                    assert len(sesv2_fake.seeded_days()) == 1

            @mock_sesv2
            class TestWithAFixture:
                @pytest.fixture(scope="class", autouse=True)
                def asked(self):
                    return total("SEND")

                def test_it(self, asked): assert asked == 0

            @mock_sesv2
            class TestFails:
                def setup_class(self): raise ArithmeticError

                def test_never(self): pass

            @mock_sesv2
            class TestItsStepIsAFixture:
                @pytest.fixture(scope="class", autouse=True)
                def setup_class(self): self.__class__.seen = True

                def test_it(self): assert self.seen

            def test_all_ended():
                assert not interceptor.active
            """
        )

        # pytest 10 wants fixtures of a class to be class methods, which pytest 7.2 does not take.
        run = pytester.runpytest("-W", "ignore:Class-scoped fixtures")
        run.assert_outcomes(passed=5, errors=1)


class TestChildren:
    """As decorated as their parent."""

    def test_of_a_plain_class(self, pytester):
        pytester.makepyfile(
            """
            from asking import total
            from sesv2_fake import mock_sesv2

            @mock_sesv2
            class Parent:
                def test_one(self): assert total("SEND") == 0

            class TestChild(Parent):
                def setup_method(self): assert total("SEND") == 0

                def test_two(self): assert total("SEND") == 0

                def test_three(self, sesv2_fake, tmp_path): assert sesv2_fake.is_active

            @mock_sesv2(contract="live")
            class TestGrandchild(TestChild):
                def test_four(self, sesv2_fake): assert "live" in repr(sesv2_fake)
            """
        )

        pytester.runpytest().assert_outcomes(passed=7)

    def test_of_a_case(self):
        @mock_sesv2
        class Case(unittest.TestCase):
            def __init_subclass__(cls, mark=None, **more):
                super().__init_subclass__(**more)
                cls.mark = mark

        class Child(Case, mark="here"):
            def test_it(self, sesv2_fake):
                assert seed_and_ask(sesv2_fake) == 1
                assert self.mark == "here"

        assert problems_of(Child) == []

    def test_of_a_mixin(self):
        @mock_sesv2
        class Mixin:
            def setUp(self, sesv2_fake):
                self.seeded = seed_and_ask(sesv2_fake)

        class Child(Mixin, unittest.TestCase):
            def test_it(self, sesv2_fake):
                assert total("SEND") == self.seeded == len(sesv2_fake.seeded_days())

        assert problems_of(Child) == []


def test_each_xunit_step_can_be_decorated_by_itself(pytester):
    pytester.makepyfile(
        """
        from asking import total
        from sesv2_fake import mock_sesv2

        seen = []

        @mock_sesv2
        def setup_module(module, sesv2_fake):
            seen.append((module.__name__, total("SEND")))

        @mock_sesv2
        def teardown_module():
            assert total("SEND") == 0

        @mock_sesv2
        def setup_function(function):
            seen.append((function.__name__, total("SEND")))

        @mock_sesv2
        def teardown_function(sesv2_fake):
            assert total("SEND") == 0

        def test_function():
            assert [count for _, count in seen] == [0, 0]

        class TestClass:
            @classmethod
            @mock_sesv2
            def setup_class(cls):
                assert cls is TestClass and total("SEND") == 0

            @classmethod
            @mock_sesv2
            def teardown_class(cls, sesv2_fake):
                assert cls is TestClass and total("SEND") == 0

            @mock_sesv2
            def setup_method(self):
                assert isinstance(self, TestClass) and total("SEND") == 0

            @mock_sesv2
            def teardown_method(self, method, sesv2_fake):
                assert method.__name__ == "test_method" and total("SEND") == 0

            def test_method(self):
                self.setup_method()
                self.teardown_method(method=self.test_method)
        """
    )

    pytester.runpytest().assert_outcomes(passed=2)


class TestAFailureIsReportedOnce:
    """Faults that a failing test did not come to are not another failure."""

    @pytest.mark.parametrize("step", ["setUp", "test_it", "tearDown"])
    def test_after_a_reset(self, step):
        def fails(self, sesv2_fake):
            sesv2_fake.reset()
            sesv2_fake.throttle()
            self.fail("on its own")

        case = type("Case", (unittest.TestCase,), {"test_it": lambda self: None, step: fails})

        assert problems_of(mock_sesv2(case)) == ["AssertionError: on its own"]

    def test_after_the_test_stopped_its_fake(self):
        @mock_sesv2
        class Case(unittest.TestCase):
            def test_it(self, sesv2_fake):
                sesv2_fake.stop()
                self.fail("on its own")

            def test_that_passes(self, sesv2_fake):
                sesv2_fake.stop()

        assert problems_of(Case) == ["AssertionError: on its own"]

    def test_in_a_with_statement(self):
        with pytest.raises(ArithmeticError), mock_sesv2() as fake:
            fake.stop()
            raise ArithmeticError

        with pytest.raises(RuntimeError, match="stopped"), mock_sesv2() as fake:
            fake.stop()


def test_the_last_step_of_a_class_is_answered_whoever_calls_it(pytester):
    """pytest calls it for a class within too, after its own; a child calls its parent's."""
    pytester.makepyfile(
        """
        import boto3
        from sesv2_fake import mock_sesv2

        steps = []

        def call():
            made = boto3.client(
                "sesv2", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
            )
            made.get_account()

        @mock_sesv2
        class TestOuter:
            def teardown_class(cls, sesv2_fake):
                call()
                steps.append(len(sesv2_fake.calls))

            class TestInner:
                def test_it(self):
                    call()

        @mock_sesv2
        class TestParent:
            @classmethod
            def teardown_class(cls, sesv2_fake):
                call()
                steps.append(len(sesv2_fake.calls))

            def test_it(self):
                call()

        class TestChild(TestParent):
            @classmethod
            def teardown_class(cls, sesv2_fake):
                call()
                super().teardown_class()

        def test_all_of_them():
            assert steps == [1, 1, 2]
        """
    )

    result = pytester.runpytest("-W", "error")
    result.assert_outcomes(passed=4)
