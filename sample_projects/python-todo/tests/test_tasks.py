import unittest

from todo.tasks import TodoList


class TasksTest(unittest.TestCase):
    def test_add_strips_and_keeps_order(self):
        todo = TodoList()
        todo.add(" milk ")
        todo.add("bread")
        self.assertEqual([task.text for task in todo.tasks], ["milk", "bread"])

    def test_empty_text_is_refused(self):
        with self.assertRaises(ValueError):
            TodoList().add("  ")

    def test_open_leaves_out_what_is_done(self):
        todo = TodoList()
        todo.add("milk").done = True
        self.assertEqual(todo.open(), [])
